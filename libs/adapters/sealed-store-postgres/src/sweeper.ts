import type { Logger } from '@claviger/platform';

/**
 * Runs VACUUM, one at a time: who asks while one runs shares the next, for the one that runs may have passed their page already. A
 * failure is told and not thrown: the record is destroyed, and autovacuum comes by itself.
 */
export class Sweeper {
  #last: Promise<void> = Promise.resolve();
  /** The one that has not begun yet. */
  #next: Promise<void> | undefined;

  constructor(
    private readonly vacuum: () => Promise<unknown>,
    private readonly logger: Logger,
  ) {}

  sweep(): Promise<void> {
    this.#next ??= this.#last = this.#last.then(() => {
      this.#next = undefined;
      return this.#run();
    });
    return this.#next;
  }

  async #run(): Promise<void> {
    try {
      await this.vacuum();
    } catch (error) {
      this.logger.warn('the sealed store could not be vacuumed: dead rows stay until autovacuum comes', { error });
    }
  }
}
