import { constantTimeEqual, eventMac, MAC_LENGTH, type HmacSha256 } from '@claviger/crypto';
import { isNodeStream } from '@claviger/domain';
import type { EventRecord } from './contract.js';
import { eventBody } from './event-body.js';
import { HeadTable } from './head-table.js';

/** What stands for the previous MAC of a stream's first event. */
export const NO_MAC = new Uint8Array(0);

/** Streams that one reader, or one writer, remembers before it forgets all and looks them up again. About 90 bytes each. */
const MAX_REMEMBERED = 20_000;

/** Stored MAC of exactly this event, if it is known without asking the store. */
export type MacLookup = (stream: string, revision: number) => Uint8Array | undefined;

/** The stored event, or undefined if there is none of that revision. */
export type EventLookup = (stream: string, revision: number) => Promise<EventRecord | undefined>;

/** Does the MAC cover this event at this place, after an event with this MAC? Total: whatever the database holds is just false. */
export function verifies(key: HmacSha256, event: EventRecord, previousMac: Uint8Array): boolean {
  const { stream, revision, mac } = event;
  if (!Number.isSafeInteger(revision) || revision < 0 || mac.length !== MAC_LENGTH) return false;
  if (previousMac.length !== (revision === 0 || isNodeStream(stream) ? 0 : MAC_LENGTH)) return false;
  return constantTimeEqual(
    mac,
    eventMac(key, { stream, revision: BigInt(revision), previousMac, body: eventBody(event) }),
  );
}

/** Keeps the newest head of a stream. Wrong MAC lengths, which only a damaged event has, are not kept. */
export function remember(heads: HeadTable, { stream, revision, mac }: EventRecord): void {
  const known = heads.revision(stream);
  if (mac.length !== MAC_LENGTH || revision < (known ?? 0)) return;
  if (known === undefined && heads.size >= MAX_REMEMBERED) heads.clear();
  heads.set(stream, revision, mac);
}

/**
 * Verifies what one reader receives in global order, page after page. Each event must follow the one of its stream that this reader
 * received last; for the first of a stream the predecessor must stand in the store, before it. So an event that was taken out, put
 * elsewhere or moved in the global order is noticed by every reader, whatever others have read before.
 */
export class ChainReader {
  readonly #seen = new HeadTable(MAC_LENGTH);

  constructor(
    private readonly key: HmacSha256,
    private readonly known: MacLookup,
    private readonly find: EventLookup,
  ) {}

  /** The same events in the same order; those that do not verify carry `damaged`. Calls must not overlap. */
  async verify(events: readonly EventRecord[]): Promise<readonly EventRecord[]> {
    const last = new Map<string, EventRecord>();
    const verified: EventRecord[] = [];
    for (const event of events) {
      if (isNodeStream(event.stream)) {
        verified.push(verifies(this.key, event, NO_MAC) ? event : { ...event, damaged: true });
        continue;
      }
      // Most events need no waiting, and a promise each would cost as much as their MAC.
      const previous = this.#previousMac(event, last.get(event.stream)) ?? (await this.#lookUp(event, last));
      last.set(event.stream, event);
      const good = previous !== undefined && verifies(this.key, event, previous);
      verified.push(good ? event : { ...event, damaged: true });
    }
    for (const event of last.values()) remember(this.#seen, event);
    return verified;
  }

  #previousMac(event: EventRecord, last: EventRecord | undefined): Uint8Array | undefined {
    if (last !== undefined) return last.revision === event.revision - 1 ? last.mac : undefined;
    const seen = this.#seen.revision(event.stream);
    if (seen !== undefined) return seen === event.revision - 1 ? this.#seen.get(event.stream)?.mac : undefined;
    return event.revision === 0 ? NO_MAC : this.known(event.stream, event.revision - 1);
  }

  async #lookUp(event: EventRecord, last: ReadonlyMap<string, EventRecord>): Promise<Uint8Array | undefined> {
    const { stream, revision, position } = event;
    // This reader has received the stream before: what is in the store does not matter, an event is missing or out of order.
    if (last.has(stream) || this.#seen.revision(stream) !== undefined || revision < 1) return undefined;
    const previous = await this.find(stream, revision - 1);
    return previous !== undefined && previous.position < position ? previous.mac : undefined;
  }
}
