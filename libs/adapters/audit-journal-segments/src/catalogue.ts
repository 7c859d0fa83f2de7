import type { ActiveSegment, ClosedSegment } from './segment.js';

/** Which segments there are. */
export class Catalogue {
  /** In order of their numbers. */
  #closed: ClosedSegment[];
  active: ActiveSegment | undefined;

  constructor(closed: readonly ClosedSegment[], active: ActiveSegment | undefined) {
    this.#closed = [...closed];
    this.active = active;
  }

  get closed(): readonly ClosedSegment[] {
    return this.#closed;
  }

  add(segment: ClosedSegment): void {
    this.#closed.push(segment);
  }

  replace(segment: ClosedSegment): void {
    this.#closed = this.#closed.map((one) => (one.number === segment.number ? segment : one));
  }

  removeBefore(number: number): void {
    this.#closed = this.#closed.filter((one) => one.number >= number);
  }

  /** The segment with that sequence, or the first one that starts above it. */
  find(sequence: number): ClosedSegment | ActiveSegment | undefined {
    let low = 0;
    let high = this.#closed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#closed[middle]?.lastSequence ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return this.#closed[low] ?? this.active;
  }
}

export function isActive(segment: ClosedSegment | ActiveSegment): segment is ActiveSegment {
  return 'offset' in segment;
}
