import { EventStoreUnavailable, NO_STREAM, UnknownOutcome, WrongExpectedRevision } from '@claviger/ports';
import {
  againstStandIn,
  allOf,
  event,
  failureOf,
  idsOf,
  QUICK,
  StandInHarness,
} from '../../../../test/servers/eventstore/harness.js';
import { Cable } from '../../../../test/servers/eventstore/cable.js';
import type { Fault } from '../../../../test/servers/eventstore/knobs.js';
import type { EventStoreDbEventStore } from './store.js';

beforeAll(() => againstStandIn());

describe('an append to EventStoreDB', () => {
  let harness: StandInHarness;
  let store: EventStoreDbEventStore;

  beforeEach(async () => {
    harness = await StandInHarness.start();
    store = harness.open();
  });

  afterEach(() => harness.dispose());

  const append = (n = 1) => store.append('s', NO_STREAM, [event(n), event(n + 1)]);
  const appends = () => harness.server.knobs.calls('append');

  describe.each<[string, Fault]>([
    ['is never answered', { kind: 'silence', when: 'before' }],
    ['is stored and never answered', { kind: 'silence', when: 'after' }],
    ['finds the server unavailable', { kind: 'unavailable', when: 'before' }],
    ['is stored and answered as unavailable', { kind: 'unavailable', when: 'after' }],
    ['is stored and then cancelled', { kind: 'cancelled', when: 'after' }],
    ['is stored after the deadline', { kind: 'deadline-exceeded', when: 'after' }],
    ['is stored although the server timed out', { kind: 'aborted', when: 'after' }],
    ['is stored although the server failed', { kind: 'unknown', when: 'after' }],
  ])('that %s', (_, fault) => {
    it('is sent again with the same ids, stored once, and known as this very call', async () => {
      harness.server.knobs.arm('append', fault, { times: 1 });
      const { events, repeated } = await append();
      expect(repeated).toBe(false);
      expect(idsOf(events)).toEqual(idsOf([event(1), event(2)]));
      expect(idsOf(await allOf(store))).toEqual(idsOf(events));
      expect(appends()).toBe(2);
    });

    it('ends in time as an unknown outcome when it stays so, and the next call finds out', async () => {
      harness.server.knobs.arm('append', fault);
      expect(await failureOf(append())).toBeInstanceOf(UnknownOutcome);
      harness.server.knobs.clear();
      const stored = 'when' in fault && fault.when === 'after';
      expect(await append()).toMatchObject({ repeated: stored });
      expect(await allOf(store)).toHaveLength(2);
    });
  });

  it('is still a conflict when its first try was lost and somebody else took the place', async () => {
    harness.server.knobs.arm('append', { kind: 'unavailable', when: 'before' }, { times: 1 });
    const [first, second] = await Promise.all([failureOf(append(1)), failureOf(append(11))]);
    const outcomes = [first, second];
    expect(outcomes).toContain('it succeeded');
    expect(outcomes.find((one) => one !== 'it succeeded')).toMatchObject({ name: 'WrongExpectedRevision', actual: 1 });
    expect(await allOf(store)).toHaveLength(2);
  });

  it('stored nothing, and says so, when no connection could be made at all', async () => {
    await append();
    harness.server.stop();
    await failureOf(store.head()); // notices that the connection is gone
    expect(await failureOf(store.append('t', NO_STREAM, [event(9)]))).toBeInstanceOf(EventStoreUnavailable);
    await harness.restart();
    expect(await store.append('t', NO_STREAM, [event(9)])).toMatchObject({ repeated: false });
    expect(await allOf(store)).toHaveLength(3);
  });

  it.each<[string, Fault]>([
    ['access is denied', { kind: 'access-denied' }],
    ['the stream was deleted', { kind: 'stream-deleted' }],
  ])('is unavailable at once, and not tried again, when %s', async (_, fault) => {
    harness.server.knobs.arm('append', fault);
    expect(await failureOf(append())).toBeInstanceOf(EventStoreUnavailable);
    expect(appends()).toBe(1);
    expect(await allOf(store)).toEqual([]);
  });

  it('is a RangeError when the server finds it too large', async () => {
    harness.server.knobs.arm('append', { kind: 'too-large' });
    expect(await failureOf(append())).toBeInstanceOf(RangeError);
    expect(appends()).toBe(1);
  });

  it('is refused for good on a tombstoned stream, and other streams go on', async () => {
    await append();
    await harness.server.store.tombstone('test.s', 'any');
    expect(await failureOf(store.append('s', 1, [event(5)]))).toBeInstanceOf(EventStoreUnavailable);
    expect(await failureOf(store.readStream('s', 0, 10))).toBeInstanceOf(EventStoreUnavailable);
    expect(await store.append('t', NO_STREAM, [event(6)])).toMatchObject({ repeated: false });
  });

  it('goes to the leader when the node it reached is none', async () => {
    const leader = await StandInHarness.start();
    try {
      const { port } = leader.server;
      harness.server.knobs.arm('append', { kind: 'not-leader', host: '127.0.0.1', port });
      expect(await append()).toMatchObject({ repeated: false });
      expect(leader.server.store.streams.of('test.s')).toHaveLength(2);
      expect(harness.server.store.streams.of('test.s')).toHaveLength(0);
    } finally {
      harness.server.knobs.clear();
      await leader.dispose();
    }
  });

  it('never uses the batched form, and asks for no list of features', async () => {
    await append();
    await store.readStream('s', 0, 1);
    const { knobs } = harness.server;
    expect([knobs.calls('append'), knobs.calls('batch-append'), knobs.calls('features')]).toEqual([1, 0, 0]);
  });

  it('survives that an append of its neighbour breaks the connection: each is stored once', async () => {
    harness.server.knobs.arm('append', { kind: 'cancelled', when: 'after' }, { times: 3 });
    const all = await Promise.all(Array.from({ length: 40 }, (_, i) => store.append(`s${i}`, NO_STREAM, [event(i)])));
    expect(all.every(({ repeated }) => !repeated)).toBe(true);
    expect(await allOf(store)).toHaveLength(40);
  });

  it('that was stored but cannot be read back has an unknown outcome', async () => {
    harness.server.knobs.arm('read', { kind: 'silence', when: 'before' });
    expect(await failureOf(append())).toBeInstanceOf(UnknownOutcome);
    harness.server.knobs.clear();
    expect(await append()).toMatchObject({ repeated: true });
  });

  it('through a cable that is cut in the middle is stored exactly once', async () => {
    const cable = await Cable.to(harness.server.port);
    const far = harness.open({ connection: `esdb://127.0.0.1:${cable.port}?tls=false` });
    const running = Array.from({ length: 64 }, (_, i) => far.append(`s${i}`, NO_STREAM, [event(i)]));
    await running[0];
    cable.drop();
    const answers = await Promise.all(running);
    expect(answers.every(({ repeated }) => !repeated)).toBe(true);
    expect(new Set(idsOf(await allOf(store))).size).toBe(64);
    expect(await allOf(store)).toHaveLength(64);
    await far.close();
    await cable.close();
  });

  it('through a cable on which nothing passes ends in time, and works once it is mended', async () => {
    const cable = await Cable.to(harness.server.port);
    const far = harness.open({ connection: `esdb://127.0.0.1:${cable.port}?tls=false` });
    await far.append('s', NO_STREAM, [event(1)]);
    cable.freeze();
    expect(await failureOf(far.append('s', 0, [event(2)]))).toBeInstanceOf(UnknownOutcome);
    cable.mend();
    await far.append('s', 0, [event(2)]);
    expect(await failureOf(far.append('s', 0, [event(3)]))).toBeInstanceOf(WrongExpectedRevision);
    expect(idsOf(await allOf(store))).toEqual(idsOf([event(1), event(2)]));
    await far.close();
    await cable.close();
  });

  it.each<Fault>([
    { kind: 'silence', when: 'after' },
    { kind: 'unavailable', when: 'before' },
  ])('limits a stream in a second try when the first meets %o', async (fault) => {
    const keeper = harness.open({ keepNewest: { 'heartbeat-': 1 }, timing: { ...QUICK, retryFor: 5_000 } });
    harness.server.knobs.arm('append', fault, { times: 1, containing: '$$' });
    const first = await keeper.append('heartbeat-a', NO_STREAM, [event(1)]);
    expect(first.repeated).toBe(false);
    await keeper.append('heartbeat-a', 0, [event(2)]);
    expect(idsOf(await keeper.readStream('heartbeat-a', 0, 10))).toEqual(idsOf([event(2)]));
  });

  it('does not make a stream that it could not limit', async () => {
    const keeper = harness.open({ keepNewest: { 'heartbeat-': 1 } });
    harness.server.knobs.arm('append', { kind: 'unavailable', when: 'before' }, { containing: '$$' });
    const failure = await failureOf(keeper.append('heartbeat-a', NO_STREAM, [event(1)]));
    expect(failure).toBeInstanceOf(EventStoreUnavailable);
    expect(String(failure)).toContain('could not limit a stream: no connection');
    expect(await keeper.readStream('heartbeat-a', 0, 10)).toEqual([]);
  });

  it('to a stream of which only the newest is kept leaves one event there', async () => {
    const keeper = harness.open({ keepNewest: { 'heartbeat-': 1 } });
    for (let i = 0; i < 5; i++) await keeper.append('heartbeat-a', i - 1, [event(i)]);
    expect(idsOf(await keeper.readStream('heartbeat-a', 0, 10))).toEqual([event(4).id]);
    await keeper.append('other', NO_STREAM, [event(10), event(11)]);
    expect(await keeper.readStream('other', 0, 10)).toHaveLength(2);
  });

  it('of the only writer of a stream is not read back, and is as it was sent', async () => {
    const sole = harness.open({ soleWriter: true });
    const before = harness.server.knobs.calls('read');
    const { events, repeated } = await sole.append('s', NO_STREAM, [event(1)]);
    expect(repeated).toBe(false);
    expect(harness.server.knobs.calls('read')).toBe(before);
    expect(await sole.readStream('s', 0, 10)).toEqual(events);
    expect(await sole.append('s', 0, [event(2), event(3)])).toMatchObject({ repeated: false });
    expect(await failureOf(sole.append('s', 0, [event(4)]))).toBeInstanceOf(WrongExpectedRevision);
  });

  it('waits its turn: more than ten thousand at a time are refused and not queued', async () => {
    harness.server.knobs.arm('append', { kind: 'silence', when: 'before' });
    const many = Array.from({ length: 10_001 }, (_, i) => store.append(`s${i}`, NO_STREAM, [event(i)]));
    expect(await failureOf(many.at(-1) ?? Promise.resolve())).toBeInstanceOf(EventStoreUnavailable);
    await Promise.allSettled(many);
  }, 60_000);
});
