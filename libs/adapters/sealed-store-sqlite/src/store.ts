import type { DatabaseSync } from 'node:sqlite';
import {
  requireReference,
  requireSameLength,
  type SealedKind,
  type SealedRecord,
  SealedStore,
  SealedStoreUnavailable,
} from '@claviger/ports';
import { emptyLog, openDatabase } from './database.js';
import { asUnavailable } from './failure.js';
import { GroupCommit } from './group-commit.js';
import { Rows } from './rows.js';

export interface SqliteSealedStoreOptions {
  /** The file; made with 0600 when missing, in a folder of 0700. */
  readonly path: string;
  /** Bound on the file's size; a put beyond it fails as on a full disk. None when absent. */
  readonly maxBytes?: number;
}

/**
 * The sealed store in a SQLite file of its own (WAL, synchronous FULL). Concurrent puts share a transaction. A destroyed record is
 * overwritten with zeros where it lies, and the write-ahead log emptied before `destroy` returns. Blocks that the file system or the
 * drive itself keeps (snapshots, wear levelling, backups) are out of its reach.
 */
export class SqliteSealedStore extends SealedStore {
  readonly #rows: Rows;
  readonly #writes: GroupCommit;
  #closed = false;

  /** Use {@link openSqliteSealedStore}. */
  constructor(
    private readonly db: DatabaseSync,
    private readonly path: string,
  ) {
    super();
    this.#rows = new Rows(db);
    this.#writes = new GroupCommit(
      db,
      () => this.#finishErasure(),
      (error) => asUnavailable(error, path),
    );
  }

  async putIfAbsent(record: SealedRecord): Promise<SealedRecord> {
    this.#check(record.reference);
    const copy = copyOf(record); // the transaction comes later than the call
    return this.#writes.run(() => this.#rows.putIfAbsent(copy), false);
  }

  async get(reference: string): Promise<SealedRecord | undefined> {
    this.#check(reference);
    const held = this.#read(() => this.#rows.find(reference));
    return held === 'destroyed' ? undefined : held;
  }

  async replaceWrappedKey(reference: string, expected: Uint8Array, next: Uint8Array): Promise<boolean> {
    requireSameLength(expected, next);
    this.#check(reference);
    const [from, to] = [Uint8Array.from(expected), Uint8Array.from(next)]; // the transaction comes later than the call
    return this.#writes.run(() => this.#rows.replaceWrappedKey(reference, from, to), true);
  }

  async destroy(reference: string): Promise<void> {
    this.#check(reference);
    await this.#writes.run(() => this.#rows.destroy(reference), true);
  }

  async list(kind: SealedKind, after: string, maxCount: number): Promise<readonly string[]> {
    this.#checkOpen();
    return this.#read(() => this.#rows.list(kind, after, maxCount));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#writes.flush();
    this.db.close();
  }

  #finishErasure(): void {
    if (!emptyLog(this.db)) {
      throw new SealedStoreUnavailable('busy', `${this.path}: another process reads it, so the log cannot be emptied`);
    }
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asUnavailable(error, this.path);
    }
  }

  #check(reference: string): void {
    requireReference(reference);
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (this.#closed) throw new SealedStoreUnavailable('closed', `${this.path} was closed`);
  }
}

/** @throws SealedStoreUnavailable, also for a file that is none of this store or of a newer version */
export function openSqliteSealedStore(options: SqliteSealedStoreOptions): SqliteSealedStore {
  try {
    const db = openDatabase(options.path, options.maxBytes);
    try {
      emptyLog(db); // finishes an erasure that a crash cut short; when another process reads, the next destroy does
      return new SqliteSealedStore(db, options.path);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw asUnavailable(error, options.path);
  }
}

function copyOf(record: SealedRecord): SealedRecord {
  return { ...record, wrappedKey: Uint8Array.from(record.wrappedKey), blob: Uint8Array.from(record.blob) };
}
