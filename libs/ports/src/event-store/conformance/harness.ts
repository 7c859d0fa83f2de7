import type { EventRecord, EventStore, NewEvent, Subscription } from '../contract.js';
import { START } from '../contract.js';

/** One store under test, over files or memory of its own. */
export interface EventStoreHarness {
  readonly store: EventStore;
  /** Another store over what the first, now closed, has left. Absent where nothing outlives the store. */
  readonly reopen?: () => Promise<EventStore>;
  dispose(): Promise<void>;
}

export type MakeEventStore = () => Promise<EventStoreHarness>;

/** Makes a harness before each test of a `describe` and disposes of it afterwards. */
export function eachTest(make: MakeEventStore): { readonly store: EventStore; readonly harness: EventStoreHarness } {
  let harness: EventStoreHarness | undefined;
  const current = (): EventStoreHarness => {
    if (harness === undefined) throw new Error('used outside a test');
    return harness;
  };
  beforeEach(async () => {
    harness = await make();
  });
  afterEach(async () => {
    await harness?.store.close();
    await harness?.dispose();
    harness = undefined;
  });
  return {
    get store() {
      return current().store;
    },
    get harness() {
      return current();
    },
  };
}

/** The n-th of a fixed series of distinct events. */
export function event(n: number, change: Partial<NewEvent> = {}): NewEvent {
  const id = `5f1c0000-0000-5000-8000-${n.toString(16).padStart(12, '0')}`;
  const data = `{"n":${n}}`;
  return { id, type: 'Happened', schemaVersion: 1, data, metadata: `{"m":${n}}`, mac: new Uint8Array(0), ...change };
}

export const events = (first: number, count: number): NewEvent[] =>
  Array.from({ length: count }, (_, i) => event(first + i));

/** What must come back as it went in. The MAC is left out: a layer may set it. */
export const said = ({ id, type, schemaVersion, data, metadata }: NewEvent) => ({
  id,
  type,
  schemaVersion,
  data,
  metadata,
});

export const idsOf = (list: readonly NewEvent[]): string[] => list.map(({ id }) => id);

/** A record as plain values, the MAC included, for comparing what two reads gave. */
export const plain = ({ mac, ...rest }: EventRecord) => ({ ...rest, mac: Buffer.from(mac).toString('hex') });

/** Everything in global order, read in pages of `pageSize`. */
export async function readToEnd(store: EventStore, pageSize = 100): Promise<EventRecord[]> {
  const all: EventRecord[] = [];
  for (let after = START; ; ) {
    const page = await store.readAll({ after, maxCount: pageSize });
    all.push(...page.events);
    if (page.atEnd) return all;
    // Otherwise a store that stays where it is would look like a test that hangs.
    expect(page.next).toBeGreaterThan(after);
    after = page.next;
  }
}

/** The error that a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it succeeded');
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets `count` reactions of promises run, so that a step lands at each point of another one's course. */
export async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** Collects what a subscription delivers. */
export class Listener {
  readonly received: EventRecord[] = [];
  readonly batches: (readonly EventRecord[])[] = [];
  readonly stops: (Error | undefined)[] = [];
  #changed = (): void => undefined;

  readonly onEvents = async (batch: readonly EventRecord[]): Promise<void> => {
    this.batches.push(batch);
    this.received.push(...batch);
    this.#changed();
  };

  readonly onStopped = (error?: Error): void => {
    this.stops.push(error);
    this.#changed();
  };

  /** Fails when it does not come about: a lost event must not look like a hanging test. One call at a time. */
  async until(condition: () => boolean, what: string): Promise<void> {
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      this.#changed();
    }, 3_000);
    while (!condition() && !expired) await new Promise<void>((resolve) => (this.#changed = resolve));
    clearTimeout(timer);
    if (!condition()) throw new Error(`waited in vain until ${what}`);
  }

  count(count: number): Promise<void> {
    return this.until(() => this.received.length >= count, `${count} events had come`);
  }

  follow(store: EventStore, after = START, streamPrefixes?: readonly string[]): Subscription {
    return store.subscribe({ after, streamPrefixes, onEvents: this.onEvents, onStopped: this.onStopped });
  }
}
