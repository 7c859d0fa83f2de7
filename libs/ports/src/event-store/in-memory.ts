import { checkAppend, checkMaxCount, checkRead, isRepeat, matchesPrefix } from './batch.js';
import { CommitSignal } from './commit-signal.js';
import {
  EventStore,
  EventStoreUnavailable,
  START,
  WrongExpectedRevision,
  type AllPage,
  type AppendResult,
  type EventRecord,
  type NewEvent,
  type ReadAllOptions,
  type SubscribeOptions,
  type Subscription,
} from './contract.js';
import { Followers } from './follow.js';

/**
 * Reference for the contract, and the store of unit tests. Positions leave gaps on purpose, as EventStoreDB's do (they are byte
 * offsets there), so that nobody comes to rely on dense ones.
 */
export class InMemoryEventStore extends EventStore {
  readonly #log: EventRecord[] = [];
  readonly #streams = new Map<string, EventRecord[]>();
  readonly #commits = new CommitSignal();
  readonly #followers = new Followers({ readAll: (options) => this.readAll(options), commits: this.#commits });
  #closed = false;

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<AppendResult> {
    checkAppend(stream, expectedRevision, events);
    this.#mustBeOpen();
    const stored = this.#streams.get(stream) ?? [];
    const actual = stored.length - 1;
    if (actual !== expectedRevision) {
      const there = stored.slice(expectedRevision + 1, expectedRevision + 1 + events.length);
      if (isRepeat(there, events)) return { events: there.map(copy), repeated: true };
      throw new WrongExpectedRevision(stream, expectedRevision, actual);
    }
    let position = this.#last();
    const records = events.map((event, i): EventRecord => {
      position += 2n + (position % 5n);
      return copy({ ...event, stream, revision: expectedRevision + 1 + i, position });
    });
    this.#streams.set(stream, [...stored, ...records]);
    this.#log.push(...records);
    this.#commits.raise();
    return { events: records.map(copy), repeated: false };
  }

  async readStream(stream: string, fromRevision: number, maxCount: number): Promise<readonly EventRecord[]> {
    checkRead(fromRevision, maxCount);
    this.#mustBeOpen();
    return (this.#streams.get(stream) ?? []).slice(fromRevision, fromRevision + maxCount).map(copy);
  }

  async readAll({ after, maxCount, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    checkMaxCount(maxCount);
    this.#mustBeOpen();
    const first = this.#firstAfter(after);
    const page = this.#log.slice(first, first + maxCount);
    return {
      events: page.filter((event) => matchesPrefix(event.stream, streamPrefixes)).map(copy),
      next: page.at(-1)?.position ?? after,
      atEnd: first + page.length >= this.#log.length,
    };
  }

  async head(): Promise<bigint> {
    this.#mustBeOpen();
    return this.#last();
  }

  subscribe(options: SubscribeOptions): Subscription {
    this.#mustBeOpen();
    return this.#followers.start(options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#followers.stopAll();
  }

  #last(): bigint {
    return this.#log.at(-1)?.position ?? START;
  }

  #firstAfter(after: bigint): number {
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#log[middle]?.position ?? START) > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new EventStoreUnavailable('the event store is closed');
  }
}

/** Nobody outside holds the bytes that the store keeps. Named one by one, so that no other member gets in or out. */
function copy(event: EventRecord): EventRecord {
  const { id, type, schemaVersion, data, metadata, mac, stream, revision, position } = event;
  return { id, type, schemaVersion, data, metadata, mac: Uint8Array.from(mac), stream, revision, position };
}
