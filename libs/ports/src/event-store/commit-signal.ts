/**
 * Tells followers that the log may have grown. It is a counter, not an event: who notes the count BEFORE looking at the log cannot
 * miss a commit that lands between looking and waiting.
 */
export class CommitSignal {
  #count = 0;
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  raise(): void {
    this.#count += 1;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when the count is no longer `seen`; at once if it has moved on already. */
  async changed(seen: number): Promise<void> {
    if (this.#count !== seen) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
