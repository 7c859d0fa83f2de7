import { type AppendToStreamOptions, type EventData } from '@eventstore/db-client';
import {
  type AppendResult,
  EventStoreUnavailable,
  type NewEvent,
  NO_STREAM,
  UnknownOutcome,
  WrongExpectedRevision,
} from '@claviger/ports';
import type { UnaryClient } from './client.js';
import { APPEND_ID_LENGTH, CONTENT_TYPE, encodeData, encodeMetadata } from './envelope.js';
import { failureOf } from './failure.js';
import type { EventStoreDbOptions, Timing } from './options.js';
import type { Reader } from './reader.js';
import { recordOf } from './record.js';
import { streamRequest } from './requests.js';
import { Backoff, within } from './retry.js';

/**
 * Carries out appends. The server's answer says neither where each event stands nor whether an earlier append had stored them already, so
 * what was stored is read back; each call marks its events with an id of its own, and finds out by it whether they are the stored ones.
 */
export class Appender {
  constructor(
    private readonly client: UnaryClient,
    private readonly reader: Reader,
    private readonly options: EventStoreDbOptions,
    private readonly timing: Timing,
    /** Of the namespace. */
    private readonly prefix: string,
  ) {}

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<AppendResult> {
    const appendId = this.options.ids.random(APPEND_ID_LENGTH);
    // 1. Made before anything is awaited: the caller may change its own objects meanwhile.
    const messages = events.map((event): EventData => {
      const { id, type, data } = event;
      return { id, type, contentType: CONTENT_TYPE, data: encodeData(data), metadata: encodeMetadata(event, appendId) };
    });
    const ids = events.map(({ id }) => ({ id }));
    const [only] = this.options.soleWriter === true && events.length === 1 ? events : [];
    const copy = only && { ...only, mac: Uint8Array.from(only.mac) };
    if (expectedRevision === NO_STREAM) await this.#limit(stream);
    // 2. The ids stay the same in every try: the server recognises them where they stand.
    const position = await this.#store(stream, expectedRevision, messages);
    if (copy !== undefined && position !== undefined) {
      return { events: [{ ...copy, stream, revision: expectedRevision + 1, position }], repeated: false };
    }
    // 3. What is answered is what the store holds.
    return this.#readBack(stream, expectedRevision, ids, Buffer.from(appendId).toString('hex'));
  }

  /** @returns where the last of the events stands, if the server says so */
  async #store(stream: string, expectedRevision: number, messages: EventData[]): Promise<bigint | undefined> {
    const { clock, ids } = this.options;
    const { call, retryFor } = this.timing;
    const backoff = new Backoff(ids, { ...this.timing, longestDelay: retryFor });
    const until = clock.monotonic() + retryFor;
    const options: AppendToStreamOptions = {
      expectedRevision: expectedRevision === NO_STREAM ? 'no_stream' : BigInt(expectedRevision),
      requiresLeader: true,
      deadline: call,
    };
    let reached = false;
    for (;;) {
      try {
        // The client's own deadline does not cover what it does before and after the call.
        const appending = this.client.appendToStream(this.prefix + stream, messages, options);
        const { position } = await within(clock, call + 100, appending);
        if (position !== undefined) this.client.heardOf(position.commit);
        return position?.commit;
      } catch (error) {
        const failure = failureOf(error);
        switch (failure.kind) {
          case 'conflict':
            throw new WrongExpectedRevision(stream, expectedRevision, failure.actual);
          case 'too-large':
            throw new RangeError('the append is larger than the server allows');
          case 'refused':
            // An earlier try of ours may have been carried out, and its answer lost.
            throw reached ? unknown(failure.reason, error) : refused(failure.reason, error);
          case 'lost':
          case 'failed': {
            reached ||= failure.kind === 'failed' || failure.reached;
            const delay = backoff.next();
            if (clock.monotonic() + delay >= until) {
              throw reached ? unknown(failure.reason, error) : refused(failure.reason, error);
            }
            await new Promise<void>((resolve) => clock.after(delay, resolve));
          }
        }
      }
    }
  }

  async #readBack(
    stream: string,
    expectedRevision: number,
    sent: readonly { readonly id: string }[],
    appendId: string,
  ): Promise<AppendResult> {
    const request = streamRequest(this.prefix + stream, expectedRevision + 1, sent.length);
    const messages = await this.reader.messages(request).catch((error: unknown) => {
      throw unknown('what was stored could not be read back', error);
    });
    const read = messages.map((message) => recordOf(message, this.prefix)).filter((one) => one !== undefined);
    const records = read.map(({ record }) => record);
    const there = records.length === sent.length && records.every(({ id }, i) => id === sent[i]?.id);
    if (!there) throw unknown('what was stored is not there any more', undefined);
    return { events: records, repeated: read.some((one) => one.appendId !== appendId) };
  }

  /** Before the first event, so that the stream never holds more than it should. */
  async #limit(stream: string): Promise<void> {
    const limit = Object.entries(this.options.keepNewest ?? {}).find(([prefix]) => stream.startsWith(prefix));
    if (limit === undefined) return;
    const { clock, ids } = this.options;
    const { call, retryFor } = this.timing;
    const backoff = new Backoff(ids, this.timing);
    const until = clock.monotonic() + retryFor;
    const [name, options] = [this.prefix + stream, { requiresLeader: true, deadline: call }];
    for (;;) {
      try {
        // Whatever became of an earlier try, the same limit may be set again.
        await within(clock, call + 100, this.client.setStreamMetadata(name, { maxCount: limit[1] }, options));
        return;
      } catch (error) {
        const failure = failureOf(error);
        const delay = backoff.next();
        if (failure.kind !== 'lost' || clock.monotonic() + delay >= until) {
          const reason = 'reason' in failure ? failure.reason : failure.kind;
          throw new EventStoreUnavailable(`the event store could not limit a stream: ${reason}`, { cause: error });
        }
        await new Promise<void>((resolve) => clock.after(delay, resolve));
      }
    }
  }
}

const unknown = (reason: string, cause: unknown): UnknownOutcome =>
  new UnknownOutcome(`the event store did not say what became of an append: ${reason}`, { cause });

const refused = (reason: string, cause: unknown): EventStoreUnavailable =>
  new EventStoreUnavailable(`the event store took no append: ${reason}`, { cause });
