import { randomBytes } from 'node:crypto';
import type { FakeClock } from '@claviger/testing';
import {
  type AppendResult,
  EventStore,
  EventStoreUnavailable,
  InMemoryEventStore,
  type NewEvent,
  MAX_EVENT_BYTES,
  MAX_GROUP_BYTES,
  ShippedAuditJournal,
  type ShippingNotice,
  UnknownOutcome,
} from '@claviger/ports';
import { auditJournalConformance } from '@claviger/ports/testing';
import { failureOf, StandInHarness, until } from '../../../../test/servers/eventstore/harness.js';
import { AT, entry, journalKey, settle, SimulatedJournal } from '../../../../test/support/simulated-journal.js';
import { EventStoreAuditJournal } from './journal.js';
import { JournalStream } from './journal-stream.js';

jest.setTimeout(30_000);

/** A store whose appends a test can make fail, before or after they are stored. */
class FaultyStore extends InMemoryEventStore {
  fault: 'none' | 'away' | 'lost-before' | 'lost-after' = 'none';
  appends: number[] = [];

  override async append(stream: string, expected: number, events: readonly NewEvent[]): Promise<AppendResult> {
    if (this.fault === 'away') throw new EventStoreUnavailable('away');
    if (this.fault === 'lost-before') throw new UnknownOutcome('lost before it was stored');
    const result = await super.append(stream, expected, events);
    this.appends.push(events.length);
    if (this.fault === 'lost-after') throw new UnknownOutcome('stored, and the answer was lost');
    return result;
  }

  override async readStream(...args: Parameters<EventStore['readStream']>) {
    if (this.fault === 'away') throw new EventStoreUnavailable('away');
    return super.readStream(...args);
  }
}

/** The store as one process sees it: when that is gone, nothing of it does anything any more. */
class ProcessStore extends InMemoryEventStore {
  dead = false;

  constructor(private readonly inner: EventStore) {
    super();
  }

  override async append(...args: Parameters<EventStore['append']>): Promise<AppendResult> {
    if (this.dead) return new Promise(() => undefined);
    return this.inner.append(...args);
  }

  override async readStream(...args: Parameters<EventStore['readStream']>) {
    if (this.dead) return new Promise<never>(() => undefined);
    return this.inner.readStream(...args);
  }
}

/** A node with a local journal on a simulated disk, opened again and again. */
class ShippingNode {
  readonly disk = new SimulatedJournal({ groupBytes: MAX_GROUP_BYTES, segmentBytes: 1 << 20 });
  readonly notices: ShippingNotice[] = [];
  private process: ProcessStore | undefined;

  constructor(readonly store: EventStore = new FaultyStore()) {}

  get clock(): FakeClock {
    return this.disk.clock;
  }

  async open(): Promise<ShippedAuditJournal> {
    const local = await this.disk.open();
    this.process = new ProcessStore(this.store);
    const copy = new JournalStream({ store: this.process, node: 'a', journalKey });
    const notice = (one: ShippingNotice): void => void this.notices.push(one);
    return ShippedAuditJournal.open({ local, copy, clock: this.clock, notice });
  }

  /** kill -9 and a power cut. */
  kill(): void {
    if (this.process !== undefined) this.process.dead = true;
    this.disk.disk.crash();
  }

  /** Time passes until everything is shipped, or as long as it is told. */
  async pass(ms: number, journal?: ShippedAuditJournal): Promise<void> {
    for (let left = ms; left > 0 && journal?.shipping().unshipped !== 0; left -= 50) {
      this.clock.advance(50);
      await settle();
    }
  }

  /** The journal as it lies in the event store. */
  remote(): Promise<EventStoreAuditJournal> {
    const { detailKeys, clock } = this.disk;
    return EventStoreAuditJournal.open({
      store: this.store,
      node: 'a',
      journalKey,
      detailKeys,
      random: randomBytes,
      clock,
    });
  }

  /** What other nodes see. */
  async shipped(): Promise<number[]> {
    const remote = await this.remote();
    const entries = await remote.read(0, 10_000);
    await remote.close();
    return entries.map(({ at, sequence }) => (at - AT === sequence ? sequence : Number.NaN));
  }

  kinds(): string[] {
    return this.notices.map(({ kind }) => kind).filter((kind) => kind !== 'shipping');
  }
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

async function many(journal: ShippedAuditJournal, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n += 1) await journal.append(entry(n));
}

describe('a local journal that is shipped', () => {
  auditJournalConformance('ShippedAuditJournal', async () => {
    const node = new ShippingNode(new InMemoryEventStore());
    const journal = await node.open();
    // Stopping waits for the copy: here time stands still.
    const timer = setInterval(() => node.clock.advance(50), 1);
    const close = journal.close.bind(journal);
    journal.close = () => close().finally(() => clearInterval(timer));
    return journal;
  });

  it('answers calls that the event store has not seen, and copies them within a moment, many at once', async () => {
    const store = new FaultyStore();
    const node = new ShippingNode(store);
    const journal = await node.open();
    await many(journal, 1, 40);
    expect(journal.head()).toBe(40);
    expect(journal.shipping().unshipped).toBe(40);
    await node.pass(1000, journal);
    expect(await node.shipped()).toEqual(upTo(40));
    expect(store.appends.length).toBeLessThan(5);
    const remote = await node.remote();
    expect(await remote.link(40)).toBe(await journal.link(40));
    await remote.close();
    await journal.close();
  });

  it('copies details as they are sealed: what was erased before it was shipped is erased there too', async () => {
    const node = new ShippingNode();
    const journal = await node.open();
    await many(journal, 1, 3);
    await journal.eraseDetail('111111111111', '2026-11');
    await node.pass(1000, journal);
    const remote = await node.remote();
    expect(await remote.read(0, 10)).toEqual(await journal.read(0, 10));
    expect((await remote.read(0, 1))[0]).toMatchObject({ erased: true, detail: '' });
    await remote.close();
    await journal.close();
  });

  it('keeps each event and each append within what the store takes, however large the entries', async () => {
    const node = new ShippingNode(new InMemoryEventStore());
    const journal = await node.open();
    const big = entry(1, { open: JSON.stringify('x'.repeat(16_000)), detail: JSON.stringify('€'.repeat(30_000)) });
    await Promise.all(Array.from({ length: 40 }, () => journal.append(big)));
    await node.pass(5000, journal);
    expect(journal.shipping()).toMatchObject({ unshipped: 0, problem: undefined });
    const events = await node.store.readStream('audit-journal-a', 0, 100);
    for (const { data } of events) expect(data.length).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    await journal.close();
  });

  it.each(['away', 'lost-before', 'lost-after'] as const)(
    'loses and doubles nothing when appends are %s for a while',
    async (fault) => {
      const store = new FaultyStore();
      const node = new ShippingNode(store);
      const journal = await node.open();
      await many(journal, 1, 5);
      await node.pass(500, journal);
      store.fault = fault;
      await many(journal, 6, 20);
      await node.pass(3_000);
      expect(journal.writable()).toBe(true);
      store.fault = 'none';
      await many(journal, 21, 25);
      await node.pass(10_000, journal);
      expect(journal.shipping()).toEqual({ unshipped: 0, behindMs: 0, problem: undefined });
      expect(await node.shipped()).toEqual(upTo(25));
      expect(node.kinds()).toContain('shipping-failed');
      await journal.close();
    },
  );

  it('says how far it is behind, raises an alert beyond five seconds, and takes it back', async () => {
    const store = new FaultyStore();
    const node = new ShippingNode(store);
    const journal = await node.open();
    store.fault = 'away';
    await many(journal, 1, 5);
    await node.pass(4_000);
    expect(node.kinds()).not.toContain('shipping-behind');
    await many(journal, 6, 10);
    await node.pass(3_000);
    expect(node.kinds()).toContain('shipping-behind');
    expect(journal.shipping().behindMs).toBeGreaterThan(6_000);
    expect(journal.shipping()).toMatchObject({ unshipped: 10, problem: expect.any(EventStoreUnavailable) as unknown });
    store.fault = 'none';
    await node.pass(10_000, journal);
    await node.pass(1_000);
    expect(node.kinds().at(-1)).toBe('shipping-caught-up');
    expect(node.kinds().filter((kind) => kind === 'shipping-behind')).toHaveLength(1);
    expect(node.notices.findLast(({ kind }) => kind === 'shipping')).toEqual({
      kind: 'shipping',
      entries: 0,
      milliseconds: 0,
    });
    await journal.close();
  });

  it('ships what a stop left behind after the next start', async () => {
    const store = new FaultyStore();
    const node = new ShippingNode(store);
    const journal = await node.open();
    store.fault = 'away';
    await many(journal, 1, 7);
    const closing = journal.close();
    await settle();
    node.clock.advance(3_000);
    await closing;
    store.fault = 'none';
    expect(await node.shipped()).toEqual([]);
    const again = await node.open();
    await node.pass(1_000, again);
    expect(await node.shipped()).toEqual(upTo(7));
    await again.close();
  });

  it('ships everything before it stops when the store is there', async () => {
    const node = new ShippingNode();
    const journal = await node.open();
    await many(journal, 1, 7);
    await journal.close();
    expect(await node.shipped()).toEqual(upTo(7));
  });
});

describe('a node that is killed', () => {
  // The steps of a shipment: nothing was sent; it was sent and not stored; stored and not answered; answered.
  it.each(['away', 'lost-before', 'lost-after', 'none'] as const)(
    'goes on without a loss or a double when appends are %s, again and again, with a power cut each time',
    async (fault) => {
      const store = new FaultyStore();
      const node = new ShippingNode(store);
      let last = 0;
      for (let round = 0; round < 12; round += 1) {
        const journal = await node.open();
        expect(journal.head()).toBe(last);
        await many(journal, last + 1, last + 5);
        store.fault = round % 3 === 0 ? fault : 'none';
        await many(journal, last + 6, last + 8);
        await node.pass(50 * (round % 4));
        last += 8;
        node.kill();
        await settle();
        store.fault = 'none';
      }
      const journal = await node.open();
      await node.pass(5_000, journal);
      expect(await node.shipped()).toEqual(upTo(last));
      expect(await node.disk.verify()).toMatchObject({ ok: true, entries: last });
      await journal.close();
    },
  );
});

describe('a copy that is not of this journal', () => {
  it('is not written over when the local folder was lost', async () => {
    const node = new ShippingNode();
    const journal = await node.open();
    await many(journal, 1, 5);
    await journal.close();
    const bare = new ShippingNode(node.store);
    const error = await failureOf(bare.open());
    expect(error).toMatchObject({ name: 'JournalsDiverged' });
    expect(String(error)).toContain("holds 5 entries of this node's journal, the local journal only 0");
    expect(await node.shipped()).toEqual(upTo(5));
  });

  it('is not written on when the local folder is another one, or an older copy that went its own way', async () => {
    const node = new ShippingNode();
    const journal = await node.open();
    await many(journal, 1, 5);
    await journal.close();
    const other = new ShippingNode();
    const theirs = await other.open();
    await many(theirs, 1, 9);
    await theirs.close();
    const mixed = new ShippingNode(node.store);
    Object.assign(mixed, { disk: other.disk });
    expect(await failureOf(mixed.open())).toMatchObject({
      name: 'JournalsDiverged',
      message: expect.stringContaining('another one') as string,
    });
    expect(await node.shipped()).toEqual(upTo(5));
  });

  it('stops the copying, not the calls, when it turns up while the node runs', async () => {
    const store = new FaultyStore();
    const node = new ShippingNode(store);
    const journal = await node.open();
    await many(journal, 1, 2);
    await node.pass(1_000, journal);
    // Somebody else writes under this node's name.
    const intruder = await node.remote();
    await Promise.all(upTo(5).map((n) => intruder.append(entry(n))));
    expect(await journal.append(entry(3))).toBe(3);
    await node.pass(2_000);
    expect(journal.shipping().problem).toMatchObject({ name: 'JournalsDiverged' });
    expect(await intruder.read(0, 100)).toHaveLength(7);
    await intruder.close();
    const closing = journal.close();
    await settle();
    node.clock.advance(3_000);
    await closing;
  });
});

describe('against the stand-in', () => {
  let harness: StandInHarness;

  beforeAll(async () => {
    harness = await StandInHarness.start();
  });

  afterAll(() => harness.dispose());

  it('copies several groups in one append, over an answer that is lost and a server that starts again', async () => {
    const node = new ShippingNode(harness.open({ soleWriter: true }));
    const journal = await node.open();
    const tick = setInterval(() => node.clock.advance(50), 5);
    try {
      await many(journal, 1, 30);
      harness.server.knobs.arm('append', { kind: 'silence', when: 'after' }, { times: 4 });
      await until(() => journal.shipping().unshipped === 0, 'all were shipped', 10_000);
      await harness.restart();
      await many(journal, 31, 60);
      await until(() => journal.shipping().unshipped === 0, 'all were shipped', 10_000);
      expect(await node.shipped()).toEqual(upTo(60));
      await journal.close();
    } finally {
      clearInterval(tick);
    }
  });
});
