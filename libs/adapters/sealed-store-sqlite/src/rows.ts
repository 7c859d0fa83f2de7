import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  isSealedKind,
  ReferenceDestroyed,
  type SealedKind,
  type SealedRecord,
  SealedStoreUnavailable,
} from '@claviger/ports';

/** The statements over one database. Writes must run inside a transaction of the caller. */
export class Rows {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #rewrap: StatementSync;
  readonly #overwrite: StatementSync;
  readonly #list: StatementSync;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare('SELECT kind, destroyed, about, wrapped_key, blob FROM sealed WHERE reference = ?');
    this.#insert = db.prepare(
      'INSERT INTO sealed (reference, kind, destroyed, about, wrapped_key, blob) VALUES (?, ?, ?, ?, ?, ?)',
    );
    // Same sizes as before: SQLite then overwrites in place.
    this.#rewrap = db.prepare(
      'UPDATE sealed SET wrapped_key = ? WHERE reference = ? AND destroyed = 0 AND wrapped_key = ?',
    );
    this.#overwrite = db.prepare(
      `UPDATE sealed SET destroyed = 1, wrapped_key = zeroblob(length(wrapped_key)), blob = zeroblob(length(blob))
       WHERE reference = ? AND destroyed = 0`,
    );
    this.#list = db.prepare(
      'SELECT reference FROM sealed WHERE kind = ? AND destroyed = 0 AND reference > ? ORDER BY reference LIMIT ?',
    );
  }

  find(reference: string): SealedRecord | 'destroyed' | undefined {
    const row = this.#find.get(reference);
    if (row === undefined) return undefined;
    if (row.destroyed !== 0) return 'destroyed';
    const { kind, about, wrapped_key: wrappedKey, blob } = row;
    if (
      !isSealedKind(kind) ||
      typeof about !== 'string' ||
      !(wrappedKey instanceof Uint8Array) ||
      !(blob instanceof Uint8Array)
    ) {
      throw new SealedStoreUnavailable('damaged', `the row of ${reference} has another form than it was written in`);
    }
    return { reference, kind, wrappedKey, blob, about };
  }

  /** @throws ReferenceDestroyed */
  putIfAbsent(record: SealedRecord): SealedRecord {
    const held = this.find(record.reference);
    if (held === 'destroyed') throw new ReferenceDestroyed(record.reference);
    if (held !== undefined) return held;
    this.#insert.run(record.reference, record.kind, 0, record.about, record.wrappedKey, record.blob);
    return record;
  }

  replaceWrappedKey(reference: string, expected: Uint8Array, next: Uint8Array): boolean {
    if (this.#rewrap.run(next, reference, expected).changes > 0) return true;
    const held = this.find(reference);
    return held !== undefined && held !== 'destroyed' && Buffer.compare(held.wrappedKey, next) === 0;
  }

  destroy(reference: string): void {
    const nothing = new Uint8Array(0);
    if (this.find(reference) === undefined) this.#insert.run(reference, '', 1, '{}', nothing, nothing);
    else this.#overwrite.run(reference);
  }

  list(kind: SealedKind, after: string, maxCount: number): string[] {
    return this.#list.all(kind, after, maxCount).map((row) => String(row.reference));
  }
}
