import { HmacSha256 } from '@claviger/crypto';
import { AuthenticatedEventStore, EventStoreUnavailable, NO_STREAM, START } from '@claviger/ports';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreStandIn } from '../../../../test/servers/eventstore/server.js';
import {
  againstStandIn,
  allOf,
  event,
  failureOf,
  idsOf,
  StandInHarness,
} from '../../../../test/servers/eventstore/harness.js';
import type { Fault } from '../../../../test/servers/eventstore/knobs.js';
import type { EventStoreDbEventStore } from './store.js';

beforeAll(() => againstStandIn());

describe('a read of EventStoreDB', () => {
  let harness: StandInHarness;
  let store: EventStoreDbEventStore;

  beforeEach(async () => {
    harness = await StandInHarness.start();
    store = harness.open();
    for (let i = 0; i < 5; i++) await store.append('s', i - 1, [event(i)]);
  });

  afterEach(() => harness.dispose());

  const reads = () => harness.server.knobs.calls('read');
  const everything = idsOf([0, 1, 2, 3, 4].map((n) => event(n)));

  describe.each<[string, Fault]>([
    ['is never answered', { kind: 'silence', when: 'before' }],
    ['finds the server unavailable', { kind: 'unavailable', when: 'before' }],
    ['is cancelled', { kind: 'cancelled', when: 'before' }],
    ['runs into the server’s own time-out', { kind: 'aborted', when: 'before' }],
    ['breaks off after three events', { kind: 'drop-after', events: 3, how: 'unavailable' }],
    ['falls silent after three events', { kind: 'drop-after', events: 3, how: 'silence' }],
  ])('that %s', (_, fault) => {
    it('is made again, and is whole', async () => {
      const before = reads();
      harness.server.knobs.arm('read', fault, { times: 1 });
      expect(idsOf(await store.readStream('s', 0, 10))).toEqual(everything);
      harness.server.knobs.arm('read', fault, { times: 1 });
      expect(idsOf(await allOf(store))).toEqual(everything);
      expect(reads() - before).toBe(4);
    });

    it('says in time that the store is unavailable when it stays so', async () => {
      harness.server.knobs.arm('read', fault);
      expect(await failureOf(store.readStream('s', 0, 10))).toBeInstanceOf(EventStoreUnavailable);
      expect(await failureOf(store.readAll({ after: START, maxCount: 10 }))).toBeInstanceOf(EventStoreUnavailable);
    });
  });

  it.each<[string, Fault]>([
    ['access is denied', { kind: 'access-denied' }],
    ['the stream was deleted', { kind: 'stream-deleted' }],
    ['the server fails', { kind: 'unknown', when: 'before' }],
  ])('is unavailable at once when %s', async (_, fault) => {
    const before = reads();
    harness.server.knobs.arm('read', fault);
    expect(await failureOf(store.head())).toBeInstanceOf(EventStoreUnavailable);
    expect(reads() - before).toBe(1);
  });

  it('goes to the leader when the node it reached is none', async () => {
    const leader = await StandInHarness.start();
    try {
      harness.server.knobs.arm('read', { kind: 'not-leader', host: '127.0.0.1', port: leader.server.port });
      expect(await store.head()).toBe(START);
    } finally {
      await leader.dispose();
    }
  });

  it('finds everything again after the server was away, its positions too', async () => {
    const before = await allOf(store);
    await harness.restart();
    expect(await allOf(store)).toEqual(before);
    expect(await store.head()).toBe(before.at(-1)?.position);
  });

  it('finds the head without searching the log from its beginning or its end each time', async () => {
    const other = harness.open({ namespace: 'other' });
    const head = await store.head();
    for (let i = 0; i < 5; i++) await other.append(`s${i}`, NO_STREAM, [event(100 + i)]);
    expect(await store.head()).toBe(head);
    const requests: string[] = [];
    const { streams } = harness.server.store;
    const indexAt = streams.indexAt.bind(streams);
    streams.indexAt = (position) => {
      requests.push(position.toString());
      return indexAt(position);
    };
    expect(await store.head()).toBe(head);
    expect(requests).toEqual([String((await allOf(other)).at(-1)?.position)]);
    const { events } = await store.append('s', 4, [event(5)]);
    expect(await store.head()).toBe(events[0]?.position);
    expect(await harness.open().head()).toBe(events[0]?.position);
  });

  it('finds the head again when the log has become shorter', async () => {
    const before = await store.head();
    const { port, store: server } = harness.server;
    const { end } = server;
    for (const n of [5, 6]) await store.append('s', n - 1, [event(n)]);
    expect(await store.head()).toBeGreaterThan(before);
    harness.server.stop();
    truncateSync(join(harness.folder, 'events.log'), Number(end));
    harness.server = await EventStoreStandIn.start({ folder: harness.folder, port });
    expect(await store.head()).toBe(before);
    const { events } = await store.append('s', 4, [event(7, { data: '{"other":"length"}' })]);
    expect(await store.head()).toBe(events[0]?.position);
  });

  it('behind the end of the log is empty, not an error', async () => {
    const head = await store.head();
    expect(await store.readAll({ after: head + 1_000_000n, maxCount: 1 })).toMatchObject({ events: [], atEnd: true });
  });

  it('sees an empty stream once it was deleted softly', async () => {
    await harness.server.store.delete('test.s', 'any');
    expect(await store.readStream('s', 0, 10)).toEqual([]);
  });

  it('sees nothing of other namespaces, and nothing of the server’s own streams', async () => {
    const other = harness.open({ namespace: 'test2' });
    await other.append('s', NO_STREAM, [event(50)]);
    await harness.server.store.setMetadata('test.s', { $maxCount: 3 });
    expect(idsOf(await allOf(store))).toEqual(everything);
    expect(idsOf(await allOf(other))).toEqual([event(50).id]);
    expect(await store.head()).toBeLessThan(await other.head());
  });

  it('gives an event that somebody else wrote into a stream as one that does not verify', async () => {
    const foreign = { id: event(70).id, type: 'Happened', contentType: 'application/json' };
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
    await harness.server.store.append('test.t', 'any', [
      { ...foreign, data: bytes('{"n":70}'), metadata: bytes('{}') },
    ]);
    const authenticated = new AuthenticatedEventStore(harness.open(), new HmacSha256(new Uint8Array(32).fill(1)));
    await authenticated.append('u', NO_STREAM, [event(71)]);
    const { events } = await authenticated.readAll({ after: await store.head().then(() => START), maxCount: 100 });
    const damaged = events.filter((one) => one.damaged === true).map(({ stream }) => stream);
    expect(new Set(damaged)).toEqual(new Set(['s', 't'])); // `s` was written without MACs
    expect(await failureOf(authenticated.readStream('t', 0, 10))).toMatchObject({ name: 'EventIntegrityError' });
    expect(await authenticated.readStream('u', 0, 10)).toHaveLength(1);
  });
});
