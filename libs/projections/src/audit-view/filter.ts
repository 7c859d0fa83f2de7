import type { CallResult } from '@claviger/ports';
import { searchable } from './bounds.js';
import type { AuditCursor, AuditOrder } from './cursor.js';
import { NO_ACCOUNT } from './row.js';
import { pairsOf } from './stored-row.js';
import type { SqlValue } from './table.js';

/** What to look for. Members that are absent say nothing; those that are there must all hold. */
export interface AuditFilter {
  readonly account: string;
  /** Calls whose caller is not known belong to no account; true adds them. */
  readonly withUnauthenticated?: boolean;
  readonly region?: string;
  /** Key id. */
  readonly key?: string;
  readonly version?: number;
  /** Principal id, or the name that the principal bore at the time of the call. */
  readonly principal?: string;
  readonly operation?: string;
  readonly result?: CallResult;
  /** Address; with a `*` at its end, the beginning of one. */
  readonly source?: string;
  readonly request?: string;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number;
  /** Epoch milliseconds, exclusive. */
  readonly to?: number;
  /** Pairs that the encryption context must hold. */
  readonly context?: Readonly<Record<string, string>>;
  /** By time of the call; `newest` when absent. */
  readonly order?: AuditOrder;
}

/** SQL made of fixed parts only; everything a caller gave is bound. */
export interface Sql {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export const joinSql = (parts: readonly Sql[], separator: string): Sql => ({
  sql: parts.map((part) => part.sql).join(separator),
  values: parts.flatMap((part) => part.values),
});

/** A part of a search that one index can serve in order: one account, at most one principal. */
export interface Branch {
  readonly account: string;
  /** The row's principal; null: it has none. */
  readonly principal?: string | null;
  /** ... and this name was borne (the principal was found by it). */
  readonly name?: string;
}

/** How a branch is read: an index, and the equalities that lead into it. `table` is the one whose (at, id) gives the order. */
export interface Driver {
  readonly from: string;
  readonly table: 'a' | 'p';
  readonly equal: Sql;
}

const by = (index: string, column: string, value: SqlValue): Driver => ({
  from: `audit a INDEXED BY ${index}`,
  table: 'a',
  equal: { sql: `${column}=?`, values: [value] },
});

/** Every way to read a branch in order. There is always one. */
export function drivers(filter: AuditFilter, branch: Branch): readonly Driver[] {
  const found: Driver[] = [];
  if (filter.request !== undefined) {
    found.push(by('audit_by_request', 'a.request_id', searchable(filter.request)));
  }
  if (filter.key !== undefined) found.push(by('audit_by_key', 'a.key_id', searchable(filter.key)));
  for (const [name, value] of pairsOf(filter.context ?? {})) {
    found.push({
      from: 'pairs p CROSS JOIN audit a ON a.id=p.id',
      table: 'p',
      equal: { sql: 'p.k=? AND p.v=?', values: [name, value] },
    });
  }
  if (typeof branch.principal === 'string') found.push(by('audit_by_principal', 'a.principal', branch.principal));
  if (filter.operation !== undefined) {
    found.push({
      from: 'audit a INDEXED BY audit_by_operation',
      table: 'a',
      equal: { sql: 'a.account=? AND a.operation=?', values: [branch.account, searchable(filter.operation)] },
    });
  }
  found.push(by('audit_by_time', 'a.account', branch.account));
  return found;
}

/** The stretch of the order that a page may come from. */
export function range(filter: AuditFilter, cursor: AuditCursor | undefined, table: 'a' | 'p'): Sql {
  const parts: Sql[] = [];
  if (filter.from !== undefined) parts.push({ sql: `${table}.at>=?`, values: [filter.from] });
  if (filter.to !== undefined) parts.push({ sql: `${table}.at<?`, values: [filter.to] });
  if (cursor !== undefined) {
    const beyond = cursor.order === 'newest' ? '<' : '>';
    parts.push({ sql: `(${table}.at,${table}.id)${beyond}(?,?)`, values: [cursor.at, cursor.id] });
  }
  return joinSql(parts.length === 0 ? [{ sql: '1', values: [] }] : parts, ' AND ');
}

/** Everything that a row of the branch must satisfy besides {@link range}. */
export function conditions(filter: AuditFilter, branch: Branch): Sql {
  const parts: Sql[] = [{ sql: 'a.account=?', values: [branch.account] }];
  const equal = (column: string, value: string | undefined): void => {
    if (value !== undefined) parts.push({ sql: `a.${column}=?`, values: [searchable(value)] });
  };
  equal('region', filter.region);
  equal('key_id', filter.key);
  equal('name', branch.name);
  equal('operation', filter.operation);
  equal('result', filter.result);
  equal('request_id', filter.request);
  if (branch.principal === null) parts.push({ sql: 'a.principal IS NULL', values: [] });
  else equal('principal', branch.principal);
  if (branch.principal === undefined && filter.principal !== undefined) {
    const given = searchable(filter.principal);
    parts.push({ sql: '(a.principal=? OR a.name=?)', values: [given, given] });
  }
  if (filter.version !== undefined) {
    const { version } = filter;
    parts.push({ sql: '(a.version=? OR instr(a.versions,?)>0)', values: [version, `,${version},`] });
  }
  if (filter.source?.endsWith('*') === true) {
    const start = filter.source.slice(0, -1).toWellFormed();
    parts.push({ sql: 'substr(a.source,1,length(?))=?', values: [start, start] });
  } else equal('source', filter.source);
  for (const [name, value] of pairsOf(filter.context ?? {})) {
    parts.push({
      sql: 'EXISTS (SELECT 1 FROM pairs q WHERE q.k=? AND q.v=? AND q.at=a.at AND q.id=a.id)',
      values: [name, value],
    });
  }
  return joinSql(parts, ' AND ');
}

export const accountsOf = (filter: AuditFilter): readonly string[] =>
  filter.withUnauthenticated === true && filter.account !== NO_ACCOUNT
    ? [filter.account, NO_ACCOUNT]
    : [filter.account];
