import { JOURNAL_PREFIX } from '@claviger/domain';
import type { EventRecord, EventStore } from '../event-store/contract.js';

/** A piece of a journal exactly as stored: a file, or an event of a node's stream. */
export type JournalPiece =
  | { readonly kind: 'file'; readonly name: string; readonly chunks: AsyncIterable<Uint8Array> }
  | { readonly kind: 'event'; readonly event: EventRecord };

/**
 * Everything that is durable in the journal when this is called, while it is written on. The pieces come in order, and each is read to
 * its end before the next is asked for. @throws what reading throws, JournalDamaged
 */
export type CopyJournal = () => AsyncIterable<JournalPiece>;

const PAGE = 16;

/** The journals of all nodes where they are streams of a store of their own. */
export async function* copyJournalStreams(store: EventStore): AsyncGenerator<JournalPiece, void, undefined> {
  const head = await store.head();
  for (let after = 0n; after < head; ) {
    const page = await store.readAll({ after, maxCount: PAGE, streamPrefixes: [JOURNAL_PREFIX] });
    for (const event of page.events) if (event.position <= head) yield { kind: 'event', event };
    if (page.atEnd) return;
    after = page.next;
  }
}
