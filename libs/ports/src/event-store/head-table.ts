const FIRST_CAPACITY = 64;

/** Last event of a stream, as far as a table knows it. */
export interface Head {
  readonly revision: number;
  readonly mac: Uint8Array;
}

/**
 * Map from stream to its last event. Revisions and MACs lie in two flat arrays, so that 100,000 streams cost a map entry and 40 bytes
 * each instead of objects of their own.
 */
export class HeadTable {
  readonly #macLength: number;
  readonly #slots = new Map<string, number>();
  #revisions = new Float64Array(FIRST_CAPACITY);
  #macs: Uint8Array;

  constructor(macLength: number) {
    this.#macLength = macLength;
    this.#macs = new Uint8Array(FIRST_CAPACITY * macLength);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** undefined for a stream that was never set. */
  revision(stream: string): number | undefined {
    const slot = this.#slots.get(stream);
    return slot === undefined ? undefined : this.#revisions[slot];
  }

  /** The MAC is a copy. */
  get(stream: string): Head | undefined {
    const slot = this.#slots.get(stream);
    return slot === undefined ? undefined : this.#at(slot);
  }

  /** @throws TypeError for a MAC of another length */
  set(stream: string, revision: number, mac: Uint8Array): void {
    if (mac.length !== this.#macLength) throw new TypeError(`a MAC has ${this.#macLength} bytes, got ${mac.length}`);
    let slot = this.#slots.get(stream);
    if (slot === undefined) {
      slot = this.#slots.size;
      if (slot === this.#revisions.length) this.#grow();
      this.#slots.set(stream, slot);
    }
    this.#revisions[slot] = revision;
    this.#macs.set(mac, slot * this.#macLength);
  }

  clear(): void {
    this.#slots.clear();
  }

  /** In the order in which the streams came first. */
  *entries(): IterableIterator<readonly [stream: string, head: Head]> {
    for (const [stream, slot] of this.#slots) yield [stream, this.#at(slot)];
  }

  #at(slot: number): Head {
    const start = slot * this.#macLength;
    return { revision: this.#revisions[slot] ?? 0, mac: this.#macs.slice(start, start + this.#macLength) };
  }

  #grow(): void {
    const capacity = 2 * this.#revisions.length;
    const revisions = new Float64Array(capacity);
    const macs = new Uint8Array(capacity * this.#macLength);
    revisions.set(this.#revisions);
    macs.set(this.#macs);
    this.#revisions = revisions;
    this.#macs = macs;
  }
}
