import { HeadSum, type HmacSha256 } from '@claviger/crypto';
import type { EventStore, StreamHeads } from '@claviger/ports';

const PAGE = 500;

/**
 * The keyed sum over the heads of all streams as it was at `position`, computed back from the present one: streams that moved since then
 * are exchanged for the events that were their heads. Undefined when the store no longer has those events.
 * @param applied position up to which `heads` goes
 */
export async function sumAt(
  store: EventStore,
  key: HmacSha256,
  heads: StreamHeads,
  applied: bigint,
  position: bigint,
  streamPrefixes?: readonly string[],
): Promise<Uint8Array | undefined> {
  const sum = HeadSum.fromBytes(key, heads.sum());
  if (sum === undefined) return undefined;
  const firstAfter = new Map<string, number>();
  for (let after = position; ; ) {
    const page = await store.readAll({ after, maxCount: PAGE, streamPrefixes });
    for (const { stream, revision, position: at } of page.events) {
      if (at <= applied && !firstAfter.has(stream)) firstAfter.set(stream, revision);
    }
    after = page.next;
    if (page.atEnd) break;
  }
  for (const [stream, revision] of firstAfter) {
    const head = heads.get(stream);
    // A stream that was put out of use does not move its head: the sum holds an earlier one, or none.
    if (head === undefined || head.revision < revision) continue;
    sum.remove({ stream, revision: BigInt(head.revision), mac: head.mac });
    if (revision === 0) continue;
    const before = (await store.readStream(stream, revision - 1, 1))[0];
    if (before === undefined) return undefined;
    sum.add({ stream, revision: BigInt(before.revision), mac: before.mac });
  }
  return sum.toBytes();
}
