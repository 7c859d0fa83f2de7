import { HeadSum, MAC_LENGTH, type HmacSha256 } from '@claviger/crypto';
import type { EventRecord } from './contract.js';
import { HeadTable, type Head } from './head-table.js';

/** `gap`: an event between the known head and this one was never applied; the head stays where it was. */
export type HeadChange = 'applied' | 'repeated' | 'gap';

/**
 * The applied head of every stream, kept in memory: who restores, cuts or replaces a stream in the database cannot make this node
 * forget it. The sum over all heads goes into the anchor. About 170 bytes per stream, its name included.
 */
export class StreamHeads {
  readonly #heads = new HeadTable(MAC_LENGTH);
  readonly #sum: HeadSum;
  /** Streams whose head the sum does not hold yet, with the head that it does hold. */
  readonly #stale = new Map<string, Head>();

  /** @param key the key of the sum */
  constructor(key: HmacSha256) {
    this.#sum = new HeadSum(key);
  }

  get size(): number {
    return this.#heads.size;
  }

  /** The MAC is a copy. */
  get(stream: string): Head | undefined {
    return this.#heads.get(stream);
  }

  /** Stored MAC of exactly this event, if it is the stream's head: what `AuthenticatedEventStore` asks for. */
  macAt(stream: string, revision: number): Uint8Array | undefined {
    return this.#heads.revision(stream) === revision ? this.#heads.get(stream)?.mac : undefined;
  }

  entries(): IterableIterator<readonly [stream: string, head: Head]> {
    return this.#heads.entries();
  }

  /** Follows an event that was applied. Not for damaged ones: their stream stays behind, which is how it is noticed. */
  apply(event: Pick<EventRecord, 'stream' | 'revision' | 'mac'>): HeadChange {
    const known = this.#heads.revision(event.stream) ?? -1;
    if (event.revision <= known) return 'repeated';
    if (event.revision > known + 1) return 'gap';
    this.load(event.stream, event.revision, event.mac);
    return 'applied';
  }

  /** Sets a head as the read model stored it, whatever its revision. */
  load(stream: string, revision: number, mac: Uint8Array): void {
    if (this.#stale.has(stream)) return this.#heads.set(stream, revision, mac);
    const before = this.#heads.get(stream);
    this.#heads.set(stream, revision, mac);
    // A new stream replaces nothing, so the sum can take it at once: a start loads all of them.
    if (before === undefined) this.#sum.add(summand(stream, { revision, mac }));
    else this.#stale.set(stream, before);
  }

  /** The keyed sum over all heads (`HeadSum.toBytes`). Costs two MACs for each stream that moved since the last call. */
  sum(): Uint8Array {
    for (const [stream, before] of this.#stale) {
      const after = this.#heads.get(stream);
      if (after !== undefined) this.#sum.replace(summand(stream, before), summand(stream, after));
    }
    this.#stale.clear();
    return this.#sum.toBytes();
  }
}

const summand = (stream: string, { revision, mac }: Head) => ({ stream, revision: BigInt(revision), mac });
