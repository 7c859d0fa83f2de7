import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type HmacSha256, rowMac } from '@claviger/crypto';
import { SCHEMA, SCHEMA_VERSION, TABLES } from './schema.js';

/** A row of the key state does not verify: it was changed in the file. */
export class RowIntegrityError extends Error {
  override readonly name = 'RowIntegrityError';
  constructor(
    readonly table: string,
    readonly primaryKey: string,
  ) {
    super(`row ${primaryKey} of ${table} does not verify`);
  }
}

export type SqlValue = string | number | bigint | Uint8Array | null;

/**
 * The SQLite file behind the key state: prepared statements, row MACs, transactions. Knows nothing of what the rows mean.
 * `synchronous=NORMAL` is enough: the file is derived, and its checkpoint lies in the same transaction as what it covers.
 */
export class KeyStateFile {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private depth = 0;

  private constructor(
    readonly path: string,
    private readonly macKey: HmacSha256,
  ) {
    this.db = new DatabaseSync(path);
    // No memory map: pages that were looked at once would count as this process's memory for good.
    this.db.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-8000',
    );
  }

  /** Opens the file, or makes it. @returns undefined when the file is of another schema version and must be rebuilt. */
  static open(path: string, macKey: HmacSha256): KeyStateFile | undefined {
    const file = new KeyStateFile(path, macKey);
    const version = file.first('PRAGMA user_version')?.[0];
    if (version === SCHEMA_VERSION) return file;
    const tables = file.first('SELECT count(*) FROM sqlite_schema')?.[0];
    if (version !== 0 || tables !== 0) {
      file.close();
      return undefined;
    }
    file.db.exec(`BEGIN; ${SCHEMA} PRAGMA user_version=${SCHEMA_VERSION}; COMMIT`);
    return file;
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.prepared(sql).run(...values);
  }

  /** The first row as an array of columns. */
  first(sql: string, ...values: SqlValue[]): readonly SqlValue[] | undefined {
    return this.all(sql, ...values)[0];
  }

  all(sql: string, ...values: SqlValue[]): readonly (readonly SqlValue[])[] {
    // setReturnArrays makes node:sqlite return arrays of column values; its typings know only objects.
    const rows: unknown = this.prepared(sql).all(...values);
    return rows as readonly (readonly SqlValue[])[];
  }

  /** All or nothing; nested calls join the outer one. */
  transaction<T>(work: () => T): T {
    if (this.depth > 0) return work();
    this.db.exec('BEGIN IMMEDIATE');
    this.depth += 1;
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    } finally {
      this.depth -= 1;
    }
  }

  /** Moves what is in the write-ahead log into the file, so that the file alone holds everything. */
  checkpoint(): void {
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Replaces all rows by those of another file of the same schema, in one transaction. */
  takeOver(path: string): void {
    this.run('ATTACH DATABASE ? AS other', path);
    try {
      this.transaction(() => {
        for (const table of TABLES)
          this.db.exec(`DELETE FROM main.${table}; INSERT INTO main.${table} SELECT * FROM other.${table}`);
      });
    } finally {
      this.db.exec('DETACH DATABASE other');
    }
  }

  mac(table: string, primaryKey: string, body: string): Uint8Array {
    return rowMac(this.macKey, table, primaryKey, body);
  }

  /** @throws RowIntegrityError when `mac` is not the MAC of this row. */
  verify(table: string, primaryKey: string, body: string, mac: SqlValue): void {
    const expected = this.mac(table, primaryKey, body);
    if (!(mac instanceof Uint8Array) || Buffer.compare(expected, mac) !== 0)
      throw new RowIntegrityError(table, primaryKey);
  }

  close(): void {
    if (this.db.isOpen) this.db.close();
  }

  private prepared(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      statement.setReturnArrays(true);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}
