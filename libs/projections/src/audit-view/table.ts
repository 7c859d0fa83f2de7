import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { BUILDING, removeFile } from './files.js';

/** A change of the tables needs a new number: a file of another version is thrown away and filled anew. */
const SCHEMA_VERSION = 1;

/**
 * `audit`: one row per record. `pairs`: encryption contexts, ordered as the rows are, so that a search by context pages like any other.
 * `names`: which principals bore a name in which month. Personal are `name`, `source`, `personal`, and all of `pairs` and `names`.
 * The row id is made from the position (see `row-id.ts`); every index ends in it, so (at, id) is the order of all of them.
 */
const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, account TEXT NOT NULL, region TEXT, principal TEXT,
  operation TEXT NOT NULL, result TEXT NOT NULL, key_id TEXT, version INTEGER, versions TEXT, request_id TEXT NOT NULL,
  plain TEXT NOT NULL, name TEXT, source TEXT, personal TEXT, erased INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (account, at);
CREATE INDEX audit_by_key ON audit (key_id, at) WHERE key_id IS NOT NULL;
CREATE INDEX audit_by_principal ON audit (principal, at) WHERE principal IS NOT NULL;
CREATE INDEX audit_by_operation ON audit (account, operation, at);
CREATE INDEX audit_by_request ON audit (request_id);
CREATE TABLE pairs (
  k TEXT NOT NULL, v TEXT NOT NULL, at INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (k, v, at, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE names (
  account TEXT NOT NULL, name TEXT NOT NULL, principal TEXT NOT NULL, month TEXT NOT NULL,
  PRIMARY KEY (account, name, principal, month)
) STRICT, WITHOUT ROWID;
`;

export type SqlValue = string | number | bigint | null;

/** The file holds something else than this program's audit view, or is damaged. It is derived: throw it away and fill a new one. */
class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

const IN_MEMORY = ':memory:';
const OWNER_ONLY = 0o600;

const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** Does SQLite say that the file itself is broken (rather than full, locked or out of reach)? */
export function saysUnusable(error: unknown): boolean {
  if (error instanceof UnusableFile) return true;
  const code: unknown = typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : undefined;
  // The low byte is the primary result code.
  return typeof code === 'number' && ((code & 0xff) === CORRUPT || (code & 0xff) === NOT_A_DATABASE);
}

/** The SQLite file of the audit view: connection, prepared statements, transactions. */
export class AuditFile {
  private readonly statements = new Map<string, StatementSync>();

  private constructor(
    private readonly path: string,
    private db: DatabaseSync,
  ) {}

  /** Opens the file, or makes it, readable by the owner only. @throws UnusableFile, and SQLite's errors */
  static open(path: string): AuditFile {
    const db = connect(path);
    try {
      const file = new AuditFile(path, db);
      const version = file.all('PRAGMA user_version')[0]?.[0];
      if (version === 0 && file.all('SELECT 1 FROM sqlite_schema LIMIT 1').length === 0) {
        file.transaction(() => db.exec(`${SCHEMA}; PRAGMA user_version=${SCHEMA_VERSION}`));
      } else if (version !== SCHEMA_VERSION) {
        throw new UnusableFile(`the audit view is of version ${String(version)}, expected ${SCHEMA_VERSION}`);
      }
      return file;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.prepared(sql, true).run(...values);
  }

  /** Rows as arrays of column values. Integers beyond 2^53 must be cast to text in the statement. */
  all(sql: string, ...values: SqlValue[]): readonly (readonly SqlValue[])[] {
    // setReturnArrays makes node:sqlite return arrays; its typings know only objects.
    const rows: unknown = this.prepared(sql).all(...values);
    return rows as readonly (readonly SqlValue[])[];
  }

  /** The same for a statement that is made for one search: it is not kept, or a caller's filters would fill the memory. */
  search(sql: string, values: readonly SqlValue[]): readonly (readonly SqlValue[])[] {
    const statement = this.db.prepare(sql);
    statement.setReturnArrays(true);
    const rows: unknown = statement.all(...values);
    return rows as readonly (readonly SqlValue[])[];
  }

  /** All or nothing. */
  transaction<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * Rewrites the file without what was erased: pages that were split, and the write-ahead log, may still hold copies of it. The new file
   * takes the name of the old one; a crash leaves either. @throws SQLite's errors; the old file then goes on
   */
  scrub(): void {
    if (this.path === IN_MEMORY) return;
    const target = `${this.path}${BUILDING}`;
    removeFile(target);
    // SQLite fills an empty file that is there, and leaves its mode alone.
    closeSync(openSync(target, 'wx', OWNER_ONLY));
    this.run('VACUUM INTO ?', target);
    sync(target);
    this.close();
    try {
      // A log that outlived its file would be played into the next one of that name.
      if (!existsSync(`${this.path}-wal`)) renameSync(target, this.path);
    } finally {
      this.db = connect(this.path);
    }
    if (existsSync(target))
      throw new Error('the audit view is in use by another connection: its file cannot be rewritten');
  }

  close(): void {
    this.statements.clear();
    if (this.db.isOpen) this.db.close();
  }

  private prepared(sql: string, writes = false): StatementSync {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      statement.setReturnArrays(true);
      // `run` reports the last row id, and those of events lie beyond what a number holds.
      statement.setReadBigInts(writes);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

function connect(path: string): DatabaseSync {
  if (path !== IN_MEMORY) {
    // Made by us rather than by SQLite, so that nobody else can ever read it; its journal files take over the mode.
    closeSync(openSync(path, 'a', OWNER_ONLY));
    chmodSync(path, OWNER_ONLY);
  }
  const db = new DatabaseSync(path);
  try {
    // NORMAL is enough: the checkpoint lies in the transaction of what it covers, and the rest can be folded again.
    db.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; ' +
        'PRAGMA wal_autocheckpoint=8000; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-32768;',
    );
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
