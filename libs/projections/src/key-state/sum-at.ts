import { HeadSum, type HmacSha256 } from '@claviger/crypto';
import type { EventStore, StreamHeads } from '@claviger/ports';

const PAGE = 500;

/** How far a state is at one moment. */
export interface Present {
  readonly heads: StreamHeads;
  /** Position up to which `heads` goes. */
  readonly applied: bigint;
}

/** A stream that moved since: its head now, and the revision of the first event after the position. */
interface Moved {
  readonly stream: string;
  readonly first: number;
  readonly revision: number;
  readonly mac: Uint8Array;
}

/**
 * The keyed sum over the heads of all streams as it was at `position`, computed back from the present one: streams that moved since then
 * are exchanged for the events that were their heads. Undefined when the store no longer has those events.
 * @param present asked once more after each wait: where other nodes write too, the state moves on meanwhile
 */
export async function sumAt(
  store: EventStore,
  key: HmacSha256,
  present: () => Present,
  position: bigint,
  streamPrefixes?: readonly string[],
): Promise<Uint8Array | undefined> {
  const firstAfter = await firstEventsAfter(store, present, position, streamPrefixes);
  // Heads and sum are of one moment: nothing is awaited between the end of the search above and the last of them.
  const { heads } = present();
  const sum = HeadSum.fromBytes(key, heads.sum());
  if (sum === undefined) return undefined;
  for (const { stream, first, revision, mac } of movedSince(heads, firstAfter)) {
    sum.remove({ stream, revision: BigInt(revision), mac });
    if (first === 0) continue;
    const before = (await store.readStream(stream, first - 1, 1))[0];
    if (before === undefined) return undefined;
    sum.add({ stream, revision: BigInt(before.revision), mac: before.mac });
  }
  return sum.toBytes();
}

/** Stream → revision of its first event after the position, at least for all that the state has applied when this resolves. */
async function firstEventsAfter(
  store: EventStore,
  present: () => Present,
  position: bigint,
  streamPrefixes?: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const firstAfter = new Map<string, number>();
  for (let after = position; ; ) {
    const page = await store.readAll({ after, maxCount: PAGE, streamPrefixes });
    for (const { stream, revision } of page.events) if (!firstAfter.has(stream)) firstAfter.set(stream, revision);
    after = page.next;
    // An end with nothing new in front of it is the end, also where the store has forgotten what stood there.
    if (page.atEnd && (page.events.length === 0 || present().applied <= after)) return firstAfter;
  }
}

function movedSince(heads: StreamHeads, firstAfter: ReadonlyMap<string, number>): readonly Moved[] {
  const moved: Moved[] = [];
  for (const [stream, first] of firstAfter) {
    const head = heads.get(stream);
    // Not applied yet; and a stream that was put out of use does not move its head: the sum holds an earlier one, or none.
    if (head === undefined || head.revision < first) continue;
    moved.push({ stream, first, revision: head.revision, mac: Uint8Array.from(head.mac) });
  }
  return moved;
}
