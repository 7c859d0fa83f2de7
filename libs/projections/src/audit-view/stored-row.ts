import {
  decidedOn,
  extras,
  isRecord,
  optionalText,
  optionalVersion,
  parseObject,
  personal,
  searchable,
} from './bounds.js';
import { auditRow, type AuditRow } from './row.js';
import { positionOf } from './row-id.js';
import type { AuditFile, SqlValue } from './table.js';

const COLUMNS =
  'id, at, account, region, principal, operation, result, key_id, version, versions, request_id, plain, name, source, personal, erased';

const INSERT = `INSERT OR REPLACE INTO audit (${COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`;
const INSERT_PAIR = 'INSERT OR IGNORE INTO pairs (k, v, at, id) VALUES (?,?,?,?)';

/** The columns as {@link readRow} expects them, of the table named `a`. */
export const ROW_COLUMNS = `CAST(a.id AS TEXT), ${COLUMNS.split(', ')
  .slice(1)
  .map((name) => `a.${name}`)
  .join(', ')}`;

const NO_PAIRS: readonly [string, string][] = [];

/** The pairs under which a context is found. */
export const pairsOf = (context: Readonly<Record<string, string>>): readonly [string, string][] => {
  const pairs = Object.entries(context);
  return pairs.length === 0 ? NO_PAIRS : pairs.map(([name, value]) => [searchable(name), searchable(value)]);
};

/** Writes a row, or writes it anew. */
export function writeRow(file: AuditFile, id: number | bigint, row: AuditRow): void {
  const { userAgent, reason, named, context, protocol, error, node, eventTypes, calls, extra } = row;
  const pairs = pairsOf(context);
  const hasPersonal = userAgent !== null || reason !== null || named !== null || pairs.length > 0;
  file.run(
    INSERT,
    id,
    row.at,
    row.account,
    row.region,
    row.principal,
    row.operation,
    row.result,
    row.keyId,
    row.version,
    // With a comma at both ends, so that one version can be looked for.
    row.versions.length > 1 ? `,${row.versions.join(',')},` : null,
    row.requestId,
    JSON.stringify({ protocol, error, node, decidedOn: row.decidedOn, eventTypes, calls, extra }),
    row.principalName,
    row.sourceAddress,
    hasPersonal ? JSON.stringify({ userAgent, reason, named, context }) : null,
    row.erased ? 1 : 0,
  );
  for (const [name, value] of pairs) file.run(INSERT_PAIR, name, value, row.at, id);
}

const text = (value: SqlValue | undefined): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

function versionsIn(column: SqlValue | undefined, version: number | null): readonly number[] {
  if (typeof column === 'string') return column.slice(1, -1).split(',').map(Number);
  return version === null ? [] : [version];
}

/** The row of a result with {@link ROW_COLUMNS}. */
export function readRow(columns: readonly SqlValue[]): AuditRow {
  const [id, at, account, region, principal, operation, result, keyId, version, versions, requestId, ...rest] = columns;
  const [plain, name, source, personalJson, erased] = rest;
  const open = parseObject(text(plain)) ?? {};
  const kept = parseObject(text(personalJson)) ?? {};
  const { members } = personal({ ...kept, context: contextOf(kept['context']) });
  const main = optionalVersion(version);
  return auditRow(
    {
      ...positionOf(BigInt(text(id))),
      at: Number(at),
      requestId: text(requestId),
      account: text(account),
      operation: text(operation),
      protocol: text(open['protocol'] as SqlValue),
      result: result === 'success' || result === 'denied' ? result : 'failure',
    },
    {
      ...members,
      region: optionalText(region),
      principal: optionalText(principal),
      error: optionalText(open['error']),
      keyId: optionalText(keyId),
      version: main,
      versions: versionsIn(versions, main),
      principalName: optionalText(name),
      sourceAddress: optionalText(source),
      eventTypes: texts(open['eventTypes']),
      node: optionalText(open['node']),
      decidedOn: decidedOn(open['decidedOn']),
      calls: optionalVersion(open['calls']) ?? 1,
      erased: erased === 1,
      extra: extras(open['extra']),
    },
  );
}

function contextOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  const pairs = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return Object.fromEntries(pairs);
}
