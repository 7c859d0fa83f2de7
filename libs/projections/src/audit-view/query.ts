import { searchable } from './bounds.js';
import { type AuditCursor, type AuditOrder, encodeCursor, parseCursor } from './cursor.js';
import {
  accountsOf,
  type AuditFilter,
  type Branch,
  conditions,
  type Driver,
  drivers,
  joinSql,
  range,
} from './filter.js';
import type { AuditRow } from './row.js';
import { readRow, ROW_COLUMNS } from './stored-row.js';
import type { AuditFile, SqlValue } from './table.js';

export interface AuditPage {
  readonly items: readonly AuditRow[];
  /** Cursor of the next page; null when this was the last one. */
  readonly next: string | null;
}

/** The cursor is none of ours, or belongs to the other order. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

const MOST_ROWS = 1_000;

const MOST_PAIRS = 16;
/** Up to how many entries of an index are counted to find the one that narrows most. */
const PROBE = 2_000;
/** A name that more principals bore is looked for row by row. */
const MOST_PRINCIPALS = 20;

/**
 * One page of the records that match, ordered by (at, row id): no two rows are equal in it, and rows keep their place for ever, so that
 * pages neither repeat nor leave out a row while others are added.
 *
 * @param limit 1 to {@link MOST_ROWS}
 * @throws InvalidCursor, RangeError for the limit or for too many pairs of context
 */
export function searchAudit(
  file: AuditFile,
  filter: AuditFilter,
  cursor: string | undefined,
  limit: number,
): AuditPage {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS) {
    throw new RangeError(`a page holds 1 to ${MOST_ROWS} rows, got ${limit}`);
  }
  if (Object.keys(filter.context ?? {}).length > MOST_PAIRS) {
    throw new RangeError(`a search names at most ${MOST_PAIRS} pairs of the encryption context`);
  }
  const order = filter.order ?? 'newest';
  const start = cursor === undefined ? undefined : parseCursor(cursor);
  if (cursor !== undefined && start?.order !== order)
    throw new InvalidCursor('the cursor does not belong to this search');

  const found = branches(file, filter).flatMap((branch) => readBranch(file, filter, branch, start, limit + 1));
  found.sort((left, right) => compare(left, right, order));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = found.length > limit && last !== undefined ? encodeCursor({ order, at: last.at, id: last.id }) : null;
  return { items: page.map(({ columns }) => readRow(columns)), next };
}

interface Found {
  readonly id: bigint;
  readonly at: number;
  readonly columns: readonly SqlValue[];
}

function compare(left: Found, right: Found, order: AuditOrder): number {
  const ascending = left.at - right.at || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
  return order === 'oldest' ? ascending : -ascending;
}

/** A search by name is one branch per principal that bore it: each is read in order from an index, and the pages are merged. */
function branches(file: AuditFile, filter: AuditFilter): readonly Branch[] {
  return accountsOf(filter).flatMap((account): Branch[] => {
    if (filter.principal === undefined) return [{ account }];
    const given = searchable(filter.principal);
    const bearers = file
      .all(
        `SELECT DISTINCT principal FROM names WHERE account=? AND name=? AND (principal<>? OR principal='') LIMIT ${MOST_PRINCIPALS + 1}`,
        account,
        given,
        given,
      )
      .map(([principal]) => (principal === '' ? null : String(principal)));
    if (bearers.length > MOST_PRINCIPALS) return [{ account }];
    return [{ account, principal: given }, ...bearers.map((principal) => ({ account, principal, name: given }))];
  });
}

function readBranch(
  file: AuditFile,
  filter: AuditFilter,
  branch: Branch,
  cursor: AuditCursor | undefined,
  limit: number,
): Found[] {
  const driver = narrowest(file, filter, drivers(filter, branch), cursor);
  const where = joinSql([driver.equal, range(filter, cursor, driver.table), conditions(filter, branch)], ' AND ');
  const direction = (filter.order ?? 'newest') === 'newest' ? 'DESC' : 'ASC';
  const sorted = `${driver.table}.at ${direction}, ${driver.table}.id ${direction}`;
  return file
    .search(`SELECT ${ROW_COLUMNS} FROM ${driver.from} WHERE ${where.sql} ORDER BY ${sorted} LIMIT ?`, [
      ...where.values,
      limit,
    ])
    .map((columns) => ({ id: BigInt(String(columns[0])), at: Number(columns[1]), columns }));
}

/** SQLite has no statistics here that could tell a busy key from a rare context: a bounded count of each index does. */
function narrowest(
  file: AuditFile,
  filter: AuditFilter,
  candidates: readonly Driver[],
  cursor: AuditCursor | undefined,
): Driver {
  let best: Driver | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const driver of candidates) {
    if (best !== undefined && least === 0) break;
    const where = joinSql([driver.equal, range(filter, cursor, driver.table)], ' AND ');
    // Without the join: only the index is counted.
    const from = driver.table === 'p' ? 'pairs p' : driver.from;
    const sql = `SELECT count(*) FROM (SELECT 1 FROM ${from} WHERE ${where.sql} LIMIT ${PROBE})`;
    const entries = candidates.length === 1 ? 0 : Number(file.search(sql, where.values)[0]?.[0]);
    if (entries < least) [best, least] = [driver, entries];
  }
  if (best === undefined) throw new Error('a search has no index to be read from');
  return best;
}
