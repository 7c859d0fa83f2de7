import { EventIntegrityError, type EventRecord, type EventStore } from '@claviger/ports';

const PAGE = 500;

/**
 * Every event of the stream must verify, the state that stands for it must go as far as the head that was applied, no less and no more, and
 * the stream must reach at least as far as that.
 * @param store authenticated: throws on what does not verify
 * @throws EventIntegrityError
 */
export async function verifyStream(
  store: EventStore,
  stream: string,
  revision: number,
  head: number | undefined,
): Promise<void> {
  if (head !== revision) throw new EventIntegrityError(stream, revision);
  let next = 0;
  let last: EventRecord | undefined;
  for (;;) {
    const page = await store.readStream(stream, next, PAGE);
    last = page.at(-1) ?? last;
    next += page.length;
    if (page.length < PAGE) break;
  }
  if (last === undefined || last.revision < head) throw new EventIntegrityError(stream, next);
}
