import {
  type AllPage,
  type AppendResult,
  checkAppend,
  checkMaxCount,
  checkRead,
  type EventRecord,
  EventStore,
  EventStoreUnavailable,
  matchesPrefix,
  type NewEvent,
  type ReadAllOptions,
  START,
  type SubscribeOptions,
  type Subscription,
} from '@claviger/ports';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { Appender } from './appender.js';
import { Follower, type FollowSource } from './follower.js';
import { Frontier } from './frontier.js';
import { DEFAULT_TIMING, type EventStoreDbOptions } from './options.js';
import { Reader } from './reader.js';
import { recordOf } from './record.js';
import { allRequest, streamRequest } from './requests.js';
import { type Lease, leaseClient } from './shared-client.js';

const NAMESPACE = /^[A-Za-z0-9_-]{1,64}$/;

/** Beyond this appends are refused rather than kept waiting for a server that does not keep up. */
const MOST_APPENDING = 10_000;

/**
 * Events in EventStoreDB (22.6 or later; the name changed to KurrentDB with 25.0), on its leader. Positions are the server's own, byte
 * offsets in its log. How events lie there, and what the namespace is for: docs/adr/0006.
 */
export class EventStoreDbEventStore extends EventStore {
  readonly #lease: Lease;
  readonly #prefix: string;
  readonly #reader: Reader;
  readonly #appender: Appender;
  readonly #source: FollowSource;
  readonly #frontier: Frontier;
  readonly #appending = new Set<Promise<unknown>>();
  readonly #following = new Set<Subscription>();
  #closing: Promise<void> | undefined;

  /**
   * Does not connect: a server that is away is an error of the calls, and they succeed once it is back.
   * @throws InvalidConnectionString; RangeError for a bad namespace
   */
  constructor(options: EventStoreDbOptions) {
    super();
    if (!NAMESPACE.test(options.namespace)) throw new RangeError(`a namespace is ${NAMESPACE.source}`);
    const timing = { ...DEFAULT_TIMING, ...options.timing };
    const prefix = `${options.namespace}.`;
    this.#prefix = prefix;
    this.#lease = leaseClient(options.connection);
    const { client } = this.#lease;
    this.#reader = new Reader(client, options, timing);
    this.#appender = new Appender(client, this.#reader, options, timing, prefix);
    this.#source = { client, reader: this.#reader, options, timing, prefix };
    this.#frontier = new Frontier(client, this.#reader, prefix, [prefix]);
  }

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<AppendResult> {
    checkAppend(stream, expectedRevision, events);
    this.#mustBeOpen();
    if (this.#appending.size >= MOST_APPENDING) throw new EventStoreUnavailable('too many appends are waiting');
    const appending = this.#appender.append(stream, expectedRevision, events);
    this.#appending.add(appending);
    return appending.finally(() => this.#appending.delete(appending));
  }

  async readStream(stream: string, fromRevision: number, maxCount: number): Promise<readonly EventRecord[]> {
    checkRead(fromRevision, maxCount);
    this.#mustBeOpen();
    return this.#records(await this.#reader.messages(streamRequest(this.#prefix + stream, fromRevision, maxCount)));
  }

  async readAll({ after, maxCount, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    checkMaxCount(maxCount);
    this.#mustBeOpen();
    if (streamPrefixes?.length === 0) return { events: [], next: after, atEnd: true };
    const prefixes = (streamPrefixes ?? ['']).map((prefix) => this.#prefix + prefix);
    // One more than asked for shows whether there is more; another one because the server begins at `after` itself.
    const messages = await this.#page(after, maxCount + (after === START ? 1 : 2), prefixes);
    const found = this.#records(messages).filter(({ position }) => position > after);
    const page = found.slice(0, maxCount);
    return {
      events: page.filter(({ stream }) => matchesPrefix(stream, streamPrefixes)),
      next: page.at(-1)?.position ?? after,
      atEnd: found.length <= maxCount,
    };
  }

  async head(): Promise<bigint> {
    this.#mustBeOpen();
    return this.#frontier.position();
  }

  subscribe(options: SubscribeOptions): Subscription {
    this.#mustBeOpen();
    // No prefix lets nothing through: there is nothing to ask the server for.
    const follower = options.streamPrefixes?.length === 0 ? new Nothing() : new Follower(this.#source, options);
    const done = follower.done.then(
      () => ended(),
      (error: unknown) => ended(asError(error)),
    );
    const subscription: Subscription = {
      stop: () => {
        follower.stop();
        return done;
      },
    };
    const ended = (error?: Error): void => {
      this.#following.delete(subscription);
      options.onStopped?.(error);
    };
    this.#following.add(subscription);
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#appending);
    await Promise.all([...this.#following].map((subscription) => subscription.stop()));
    await this.#lease.release();
  }

  /** The server answers a position behind its end with an error that says nothing; nothing is there. */
  async #page(after: bigint, count: number, prefixes: readonly string[]): Promise<readonly streams.ReadResp[]> {
    try {
      return await this.#reader.messages(allRequest(after, count, prefixes));
    } catch (error) {
      if (after > START && (await this.#frontier.position()) < after) return [];
      throw error;
    }
  }

  #records(messages: readonly streams.ReadResp[]): EventRecord[] {
    return messages.flatMap((message) => recordOf(message, this.#prefix)?.record ?? []);
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new EventStoreUnavailable('the event store is closed');
  }
}

class Nothing {
  stop = (): void => undefined;
  readonly done = new Promise<void>((resolve) => (this.stop = resolve));
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('a subscriber rejected without an Error', { cause: error });
