import type { UnsealTry } from '@claviger/application';

/** Refused tries that are kept for the record; what is taken is always kept, and cannot be made up by strangers. */
const MOST_REFUSED = 256;
/** A token that comes with each of very many rightful calls must not fill the memory either. */
const MOST_TAKEN = 4_096;

/** What was tried while nothing could be recorded. In memory, for nothing can be written yet. */
export class Tries {
  private readonly kept: UnsealTry[] = [];
  private refused = 0;
  private taken = 0;
  private left = 0;

  add(tried: UnsealTry): void {
    const refused = tried.refusal !== null;
    const room = refused ? this.refused < MOST_REFUSED : this.taken < MOST_TAKEN;
    if (!room) {
      tried.token?.wipe();
      this.left += 1;
      return;
    }
    if (refused) this.refused += 1;
    else this.taken += 1;
    this.kept.push(tried);
  }

  all(): readonly UnsealTry[] {
    return this.kept;
  }

  /** Tries that were too many to be kept. */
  get dropped(): number {
    return this.left;
  }

  /** Tokens of tries that are never recorded: the process ends sealed. */
  wipe(): void {
    for (const { token } of this.kept) token?.wipe();
  }
}
