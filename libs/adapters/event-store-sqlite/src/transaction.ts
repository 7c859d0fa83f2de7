import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoreFaults } from './options.js';

/** The one transaction at a time, with its statements kept. */
export class Transaction {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollBack: StatementSync;

  constructor(
    private readonly db: DatabaseSync,
    private readonly faults: StoreFaults,
  ) {
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollBack = db.prepare('ROLLBACK');
    // `run` also reports the last position that was given out, and throws, with the work done, if it fits no number.
    for (const statement of [this.#begin, this.#commit, this.#rollBack]) statement.setReadBigInts(true);
  }

  begin(): void {
    // One that a failed ROLLBACK has left open would make this store useless for good.
    this.rollBack();
    this.#begin.run();
  }

  commit(): void {
    this.faults.beforeCommit?.();
    this.#commit.run();
    this.faults.afterCommit?.();
  }

  /** SQLite has rolled back by itself after some errors (sqlite.org/lang_transaction.html, section 3). */
  rollBack(): void {
    try {
      if (this.db.isTransaction) this.#rollBack.run();
    } catch {
      // The callers learn of the first error; `begin` tries again and then fails the next group.
    }
  }
}
