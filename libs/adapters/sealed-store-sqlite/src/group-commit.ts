import type { DatabaseSync } from 'node:sqlite';

interface Waiting {
  /** Runs inside the shared transaction. */
  readonly work: () => void;
  readonly erases: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Most writes in one transaction, so that a burst does not hold the event loop for long. */
const MOST_PER_GROUP = 256;

/** Writes that wait in the same turn of the event loop share one transaction, and so one sync of the disk. */
export class GroupCommit {
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(
    private readonly db: DatabaseSync,
    /** Makes a group's erasures final; runs once after each group that erases. Throws when it could not. */
    private readonly finishErasure: () => void,
    private readonly translate: (error: unknown) => unknown,
  ) {}

  /** Resolves when `work` is durable. `work` must throw before it writes, or not at all. */
  run<T>(work: () => T, erases: boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: { readonly value: T } | undefined;
      this.#waiting.push({
        work: () => {
          result = { value: work() };
        },
        erases,
        resolve: () => {
          if (result !== undefined) resolve(result.value);
        },
        reject,
      });
      this.#schedule();
    });
  }

  /** Commits what waits, at once. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commit(this.#waiting.splice(0, MOST_PER_GROUP));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit(this.#waiting.splice(0, MOST_PER_GROUP));
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #commit(group: readonly Waiting[]): void {
    if (group.length === 0) return;
    const done: Waiting[] = [];
    const refused: { readonly waiting: Waiting; readonly error: unknown }[] = [];
    try {
      this.db.exec('BEGIN IMMEDIATE');
      for (const waiting of group) {
        try {
          waiting.work();
          done.push(waiting);
        } catch (error) {
          // What the store itself refuses concerns one caller; what SQLite throws concerns the transaction.
          if (this.translate(error) !== error) throw error;
          refused.push({ waiting, error });
        }
      }
      this.db.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      for (const waiting of group) waiting.reject(this.translate(error));
      return;
    }
    for (const { waiting, error } of refused) waiting.reject(error);
    for (const waiting of done) if (!waiting.erases) waiting.resolve();
    this.#erase(done.filter((waiting) => waiting.erases));
  }

  #erase(erasing: readonly Waiting[]): void {
    if (erasing.length === 0) return;
    try {
      this.finishErasure();
    } catch (error) {
      for (const waiting of erasing) waiting.reject(this.translate(error));
      return;
    }
    for (const waiting of erasing) waiting.resolve();
  }

  /** SQLite has rolled back by itself after some errors (sqlite.org/lang_transaction.html, section 3). */
  #rollBack(): void {
    try {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
    } catch {
      // The callers learn of the first error; a transaction that cannot end makes the next BEGIN fail, and so the next group.
    }
  }
}
