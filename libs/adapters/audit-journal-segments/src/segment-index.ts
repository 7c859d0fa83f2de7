/** Where groups of one segment lie: a group every {@link STEP} bytes is enough, the rest is found by reading on. */
const STEP = 64 << 10;

export class SegmentIndex {
  readonly #sequences: number[] = [];
  readonly #offsets: number[] = [];

  /** Groups are added in order. */
  add(firstSequence: number, offset: number): void {
    const last = this.#offsets.at(-1);
    if (last !== undefined && offset - last < STEP) return;
    this.#sequences.push(firstSequence);
    this.#offsets.push(offset);
  }

  /** Offset of an indexed group that starts at or before the sequence; undefined when there is none. */
  before(sequence: number): number | undefined {
    let low = 0;
    let high = this.#sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sequences[middle] ?? Infinity) <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.#offsets[low - 1];
  }
}
