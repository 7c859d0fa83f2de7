import { constantTimeEqual, eventMac, MAC_LENGTH, type HmacSha256 } from '@claviger/crypto';
import { isNodeStream } from '@claviger/domain';
import { checkAppend, checkRead } from './batch.js';
import { ChainReader, NO_MAC, remember, verifies, type MacLookup } from './chain.js';
import {
  EventIntegrityError,
  EventStore,
  NO_STREAM,
  WrongExpectedRevision,
  type AllPage,
  type AppendResult,
  type EventRecord,
  type NewEvent,
  type ReadAllOptions,
  type SubscribeOptions,
  type Subscription,
} from './contract.js';
import { eventBody } from './event-body.js';
import { HeadTable } from './head-table.js';

const MAX_CURSORS = 4;

export interface AuthenticatedEventStoreOptions {
  /** Usually `StreamHeads.macAt`: saves a read per event where a reader starts in the middle of many streams. */
  readonly previousMac?: MacLookup;
}

/**
 * Makes the events of any store tamper-evident: each carries a MAC over stream, revision, the previous event's MAC and its own stored
 * texts. Who can write the database can destroy events, but cannot change, insert, move or swap one unnoticed; a cut tail is for
 * `StreamHeads` and the anchor to notice.
 *
 * `readStream` and a repeated `append` throw {@link EventIntegrityError}; `readAll` and `subscribe` mark the event as `damaged` and go
 * on, so that one broken stream does not stop the others. Whatever `mac` the caller hands to `append` is replaced.
 *
 * Events of nodes (heartbeats, journals) are MACed each on its own: their streams lose old events by design.
 */
export class AuthenticatedEventStore extends EventStore {
  /** Last events that the inner store has confirmed or delivered, never what is only on its way. */
  readonly #tails = new HeadTable(MAC_LENGTH);
  /** Readers of `readAll` by where they will go on: they know what they have received. */
  readonly #cursors = new Map<string, ChainReader>();
  readonly #previousMac: MacLookup;

  constructor(
    private readonly inner: EventStore,
    private readonly key: HmacSha256,
    options: AuthenticatedEventStoreOptions = {},
  ) {
    super();
    this.#previousMac = options.previousMac ?? (() => undefined);
  }

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<AppendResult> {
    checkAppend(stream, expectedRevision, events);
    // 1. Without the predecessor there is nothing to chain to: the stream is shorter than the caller thinks.
    const previous = await this.#macOf(stream, expectedRevision);
    if (previous === undefined) {
      throw new WrongExpectedRevision(stream, expectedRevision, await this.#lastRevision(stream, expectedRevision));
    }
    // 2. Two appends in flight chain to the same event; the inner store takes one of them.
    const chained = this.#chain(stream, expectedRevision, previous, events);
    const result = await this.inner.append(stream, expectedRevision, chained);
    // 3. Stored by an earlier call: those bytes have been in the database meanwhile.
    if (result.repeated) this.#verify(stream, expectedRevision + 1, previous, result.events);
    else mustBeOurs(stream, result.events, chained);
    for (const event of result.events.slice(-1)) remember(this.#tails, event);
    return result;
  }

  async readStream(stream: string, fromRevision: number, maxCount: number): Promise<readonly EventRecord[]> {
    checkRead(fromRevision, maxCount);
    if (isNodeStream(stream)) return this.#readSingles(stream, fromRevision, maxCount);
    const known = fromRevision === 0 ? NO_MAC : this.#knownMac(stream, fromRevision - 1);
    if (known !== undefined) {
      const events = await this.inner.readStream(stream, fromRevision, maxCount);
      return this.#verified(stream, fromRevision, known, events);
    }
    const [previous, ...events] = await this.inner.readStream(stream, fromRevision - 1, maxCount + 1);
    if (previous === undefined) return [];
    if (previous.revision !== fromRevision - 1) throw new EventIntegrityError(stream, fromRevision - 1);
    return this.#verified(stream, fromRevision, previous.mac, events);
  }

  async readAll(options: ReadAllOptions): Promise<AllPage> {
    const cursor = cursorOf(options.after, options.streamPrefixes);
    const reader = this.#cursors.get(cursor) ?? this.#newReader();
    // Taken out while in use: a second reader at the same place starts on its own.
    this.#cursors.delete(cursor);
    const page = await this.inner.readAll(options);
    const events = await reader.verify(page.events);
    this.#cursors.set(cursorOf(page.next, options.streamPrefixes), reader);
    for (const oldest of this.#cursors.keys()) {
      if (this.#cursors.size <= MAX_CURSORS) break;
      this.#cursors.delete(oldest);
    }
    return { ...page, events };
  }

  head(): Promise<bigint> {
    return this.inner.head();
  }

  subscribe(options: SubscribeOptions): Subscription {
    const reader = this.#newReader();
    return this.inner.subscribe({
      ...options,
      onEvents: async (events) => options.onEvents(await reader.verify(events)),
    });
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  #chain(stream: string, expectedRevision: number, previous: Uint8Array, events: readonly NewEvent[]): NewEvent[] {
    let previousMac = previous;
    return events.map((event, i) => {
      const revision = BigInt(expectedRevision + 1 + i);
      const mac = eventMac(this.key, { stream, revision, previousMac, body: eventBody(event) });
      if (!isNodeStream(stream)) previousMac = mac;
      return { ...event, mac };
    });
  }

  async #readSingles(stream: string, fromRevision: number, maxCount: number): Promise<readonly EventRecord[]> {
    const events = await this.inner.readStream(stream, fromRevision, maxCount);
    for (const event of events) {
      if (event.stream !== stream || !verifies(this.key, event, NO_MAC)) {
        throw new EventIntegrityError(stream, event.revision);
      }
    }
    return events;
  }

  #verified(
    stream: string,
    from: number,
    previous: Uint8Array,
    events: readonly EventRecord[],
  ): readonly EventRecord[] {
    this.#verify(stream, from, previous, events);
    for (const event of events.slice(-1)) remember(this.#tails, event);
    return events;
  }

  /** @throws EventIntegrityError for the first revision at which the event that belongs there does not stand */
  #verify(stream: string, from: number, previous: Uint8Array, events: readonly EventRecord[]): void {
    let previousMac = previous;
    events.forEach((event, i) => {
      const revision = from + i;
      const inPlace = event.stream === stream && event.revision === revision;
      if (!inPlace || !verifies(this.key, event, previousMac)) throw new EventIntegrityError(stream, revision);
      if (!isNodeStream(stream)) previousMac = event.mac;
    });
  }

  #knownMac(stream: string, revision: number): Uint8Array | undefined {
    const known = this.#tails.revision(stream) === revision ? this.#tails.get(stream)?.mac : undefined;
    return known ?? this.#previousMac(stream, revision);
  }

  async #macOf(stream: string, revision: number): Promise<Uint8Array | undefined> {
    if (revision === NO_STREAM || isNodeStream(stream)) return NO_MAC;
    const mac = this.#knownMac(stream, revision) ?? (await this.#find(stream, revision))?.mac;
    if (mac !== undefined && mac.length !== MAC_LENGTH) throw new EventIntegrityError(stream, revision);
    return mac;
  }

  async #find(stream: string, revision: number): Promise<EventRecord | undefined> {
    const [event] = await this.inner.readStream(stream, revision, 1);
    return event?.revision === revision ? event : undefined;
  }

  /** The last revision below one that does not exist, by bisection: the port has no way to ask for it. */
  async #lastRevision(stream: string, missing: number): Promise<number> {
    let low = NO_STREAM;
    let high = missing;
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2);
      if ((await this.#find(stream, middle)) === undefined) high = middle;
      else low = middle;
    }
    return low;
  }

  #newReader(): ChainReader {
    return new ChainReader(this.key, this.#previousMac, (stream, revision) => this.#find(stream, revision));
  }
}

function mustBeOurs(stream: string, stored: readonly EventRecord[], sent: readonly NewEvent[]): void {
  stored.forEach((event, i) => {
    const mac = sent[i]?.mac;
    if (mac === undefined || !constantTimeEqual(event.mac, mac)) throw new EventIntegrityError(stream, event.revision);
  });
}

const cursorOf = (after: bigint, prefixes: readonly string[] | undefined): string =>
  JSON.stringify([String(after), prefixes]);
