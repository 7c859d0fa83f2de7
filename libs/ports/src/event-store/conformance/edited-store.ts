import { matchesPrefix } from '../batch.js';
import { CommitSignal } from '../commit-signal.js';
import {
  EventStore,
  NO_STREAM,
  START,
  WrongExpectedRevision,
  type AllPage,
  type AppendResult,
  type EventRecord,
  type NewEvent,
  type ReadAllOptions,
  type SubscribeOptions,
  type Subscription,
} from '../contract.js';
import { Followers } from '../follow.js';

/** A store whose log tests rewrite, as somebody with access to the database would. It checks nothing that a database would not. */
export class EditedEventStore extends EventStore {
  #log: EventRecord[] = [];
  #failure: Error | undefined;
  #held: (() => void)[] = [];
  #toHold = 0;
  streamReads = 0;
  readonly #commits = new CommitSignal();
  readonly #followers = new Followers({ readAll: (options) => this.readAll(options), commits: this.#commits });

  edit(change: (log: EventRecord[]) => EventRecord[]): void {
    this.#log = change([...this.#log]).toSorted((a, b) => Number(a.position - b.position));
  }

  put(record: EventRecord): void {
    this.edit((log) => [...log, record]);
  }

  failNext(error: Error): void {
    this.#failure = error;
  }

  /** The next `count` appends are carried out in the reverse of their order. */
  reverseNext(count: number): void {
    this.#toHold = count;
  }

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<AppendResult> {
    if (this.#toHold > 0) {
      this.#toHold -= 1;
      const released = new Promise<void>((resolve) => this.#held.unshift(resolve));
      // Once the last one waits too: promises run their reactions in the order in which they were resolved.
      if (this.#toHold === 0) queueMicrotask(() => this.#held.splice(0).forEach((release) => release()));
      await released;
    }
    const error = this.#failure;
    this.#failure = undefined;
    if (error !== undefined) throw error;
    const there = this.#of(stream).filter(({ revision }) => revision > expectedRevision);
    const repeated = events.every(({ id }, i) => there[i]?.id === id);
    if (repeated) return { events: there.slice(0, events.length), repeated };
    const actual = this.#of(stream).at(-1)?.revision ?? NO_STREAM;
    if (actual !== expectedRevision) throw new WrongExpectedRevision(stream, expectedRevision, actual);
    const last = this.#log.at(-1)?.position ?? START;
    const records = events.map((event, i) => ({
      ...event,
      stream,
      revision: expectedRevision + 1 + i,
      position: last + 10n * BigInt(i + 1),
    }));
    this.#log.push(...records);
    this.#commits.raise();
    return { events: records, repeated: false };
  }

  async readStream(stream: string, fromRevision: number, maxCount: number): Promise<readonly EventRecord[]> {
    this.streamReads += 1;
    return this.#of(stream)
      .filter(({ revision }) => revision >= fromRevision)
      .slice(0, maxCount);
  }

  async readAll({ after, maxCount, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    const rest = this.#log.filter(({ position }) => position > after);
    const page = rest.slice(0, maxCount);
    return {
      events: page.filter(({ stream }) => matchesPrefix(stream, streamPrefixes)),
      next: page.at(-1)?.position ?? after,
      atEnd: page.length === rest.length,
    };
  }

  async head(): Promise<bigint> {
    return this.#log.at(-1)?.position ?? START;
  }

  subscribe(options: SubscribeOptions): Subscription {
    return this.#followers.start(options);
  }

  async close(): Promise<void> {
    await this.#followers.stopAll();
  }

  #of(stream: string): EventRecord[] {
    return this.#log.filter((one) => one.stream === stream).toSorted((a, b) => a.revision - b.revision);
  }
}
