import type { Clock } from '@claviger/platform';

/** Entries that became durable within so long count as old as the first of them. */
const COARSE_MS = 250;
/** Beyond it the newest mark takes in what comes: how old the oldest is stays right. */
const MOST_MARKS = 4096;

/** How old the oldest entry is that was not copied yet, without a note per entry. */
export class ShippingBacklog {
  /** Entries up to `upTo`, and above the mark before, became durable at `at` (monotonic) or later. Ascending in both. */
  readonly #marks: { upTo: number; readonly at: number }[] = [];
  #shipped: number;

  constructor(
    private readonly clock: Clock,
    shipped: number,
    head: number,
  ) {
    this.#shipped = shipped;
    this.durable(head);
  }

  durable(head: number): void {
    if (head <= this.#shipped) return;
    const at = this.clock.monotonic();
    const last = this.#marks.at(-1);
    if (last !== undefined && (at - last.at < COARSE_MS || this.#marks.length >= MOST_MARKS)) last.upTo = head;
    else this.#marks.push({ upTo: head, at });
  }

  shipped(upTo: number): void {
    this.#shipped = upTo;
    while ((this.#marks[0]?.upTo ?? Infinity) <= upTo) this.#marks.shift();
  }

  /** Milliseconds since the oldest entry that waits became durable; 0 when none waits. */
  age(): number {
    const [oldest] = this.#marks;
    return oldest === undefined ? 0 : Math.max(0, this.clock.monotonic() - oldest.at);
  }
}
