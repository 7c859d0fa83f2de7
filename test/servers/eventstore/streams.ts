import { type StoredEvent, TOMBSTONE } from './event.js';

export const NO_STREAM = -1n;

/** `$tb` of a stream that was deleted softly (the server's own mark: the greatest 64-bit integer). */
export const DELETED_BEFORE = 2n ** 63n - 1n;

export interface StreamMetadata {
  readonly $maxCount?: number;
  readonly $tb?: bigint;
}

/** All that is in memory: every event in order, and by stream. */
export class Streams {
  readonly all: StoredEvent[] = [];
  readonly #byName = new Map<string, StoredEvent[]>();

  add(event: StoredEvent): void {
    this.all.push(event);
    const stored = this.#byName.get(event.stream);
    if (stored === undefined) this.#byName.set(event.stream, [event]);
    else stored.push(event);
  }

  /** Of a stream that exists or existed. */
  of(stream: string): readonly StoredEvent[] {
    return this.#byName.get(stream) ?? [];
  }

  last(stream: string): bigint {
    return this.of(stream).at(-1)?.revision ?? NO_STREAM;
  }

  isTombstoned(stream: string): boolean {
    return this.of(stream).at(-1)?.type === TOMBSTONE;
  }

  metadata(stream: string): StreamMetadata {
    const written = this.of(`$$${stream}`).at(-1);
    if (written === undefined) return {};
    const parsed = JSON.parse(Buffer.from(written.data).toString()) as { $maxCount?: number; $tb?: number | string };
    return {
      ...(parsed.$maxCount === undefined ? {} : { $maxCount: parsed.$maxCount }),
      ...(parsed.$tb === undefined ? {} : { $tb: BigInt(parsed.$tb) }),
    };
  }

  isDeleted(stream: string): boolean {
    return this.metadata(stream).$tb === DELETED_BEFORE;
  }

  /** What a reader of the stream still sees, after `$maxCount` and `$tb`; undefined for a stream that does not exist. */
  visible(stream: string): readonly StoredEvent[] | undefined {
    const stored = this.of(stream);
    if (stored.length === 0 || this.isDeleted(stream)) return undefined;
    const { $maxCount, $tb } = this.metadata(stream);
    const kept = $maxCount === undefined ? stored : stored.slice(-$maxCount);
    return $tb === undefined ? kept : kept.filter(({ revision }) => revision >= $tb);
  }

  /** Index in {@link all} of the first event with a position of at least `position`. */
  indexAt(position: bigint): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.all[middle]?.position ?? 0n) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
