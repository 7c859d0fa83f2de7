import { type EventRecord, NO_STREAM, START, type Subscription } from '@claviger/ports';
import {
  againstStandIn,
  event,
  idsOf,
  QUICK,
  StandInHarness,
  until,
} from '../../../../test/servers/eventstore/harness.js';
import { Cable } from '../../../../test/servers/eventstore/cable.js';
import type { Fault } from '../../../../test/servers/eventstore/knobs.js';
import type { EventStoreDbEventStore } from './store.js';

beforeAll(() => againstStandIn());

describe('a subscription to EventStoreDB', () => {
  let harness: StandInHarness;
  let store: EventStoreDbEventStore;
  let received: EventRecord[];
  let stops: (Error | undefined)[];

  beforeEach(async () => {
    harness = await StandInHarness.start();
    store = harness.open();
    received = [];
    stops = [];
  });

  afterEach(() => harness.dispose());

  const fill = async (first: number, count: number, stream = `s${first}`): Promise<void> => {
    const list = Array.from({ length: count }, (_, i) => event(first + i));
    await store.append(stream, NO_STREAM, list);
  };
  const follow = (streamPrefixes?: readonly string[], from = store, after = START): Subscription =>
    from.subscribe({
      after,
      ...(streamPrefixes && { streamPrefixes }),
      onEvents: async (events) => {
        received.push(...events);
      },
      onStopped: (error) => stops.push(error),
    });
  const come = (count: number) => until(() => received.length >= count, `${count} events had come`);
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => event(i).id);
  const subscriptions = () => harness.server.knobs.calls('subscribe');

  it.each<[string, Fault]>([
    ['is cut off', { kind: 'drop-after', events: 3, how: 'unavailable' }],
    ['is ended by the server', { kind: 'drop-after', events: 3, how: 'end' }],
    ['falls silent', { kind: 'drop-after', events: 3, how: 'silence' }],
  ])('that %s again and again goes on from the last event, each once and in order', async (_, fault) => {
    harness.server.knobs.arm('subscribe', fault);
    await fill(0, 20);
    follow();
    await come(20);
    expect(idsOf(received)).toEqual(numbered(20));
    expect(subscriptions()).toBeGreaterThanOrEqual(7);
    expect(stops).toEqual([]);
  });

  it.each<[string, Fault]>([
    ['is never confirmed', { kind: 'silence', when: 'before' }],
    ['finds the server unavailable', { kind: 'unavailable', when: 'before' }],
    ['is cancelled', { kind: 'cancelled', when: 'before' }],
    ['is denied', { kind: 'access-denied' }],
    ['meets an error of the server', { kind: 'unknown', when: 'before' }],
  ])('that %s twice is tried until it stands', async (_, fault) => {
    harness.server.knobs.arm('subscribe', fault, { times: 2 });
    await fill(0, 5);
    follow();
    await come(5);
    expect(idsOf(received)).toEqual(numbered(5));
    expect(subscriptions()).toBe(3);
  });

  it('that is never confirmed is given up in time, without a look at the log', async () => {
    const patient = harness.open({ timing: { ...QUICK, stallCheck: 60_000 } });
    harness.server.knobs.arm('subscribe', { kind: 'silence', when: 'before' }, { times: 1 });
    await fill(0, 1);
    follow(undefined, patient);
    await come(1);
    await fill(1, 1);
    await come(2);
    expect(subscriptions()).toBe(2);
  });

  it('goes to the leader when the node it reached is none', async () => {
    const leader = await StandInHarness.start();
    const ahead = leader.open();
    await ahead.append('s', NO_STREAM, [event(0)]);
    harness.server.knobs.arm('subscribe', { kind: 'not-leader', host: '127.0.0.1', port: leader.server.port });
    const subscription = follow();
    await come(1);
    await subscription.stop();
    await store.close();
    await leader.dispose();
  });

  it('drops what the server delivers a second time', async () => {
    harness.server.knobs.arm('subscribe', { kind: 'duplicates', events: 2 });
    await fill(0, 10);
    follow();
    await come(10);
    await fill(10, 5);
    await come(15);
    await store.append('last', NO_STREAM, [event(15)]);
    await come(16);
    expect(idsOf(received)).toEqual(numbered(16));
  });

  it('loses no event where a checkpoint lay past the last one when the connection broke', async () => {
    harness.server.knobs.arm('subscribe', { kind: 'checkpoints-past-the-end' });
    await fill(0, 3);
    follow(['s']);
    await come(3);
    // The next event will stand exactly where the last checkpoint lies.
    await harness.restart();
    await fill(3, 1, 's-next');
    await come(4);
    expect(idsOf(received)).toEqual(numbered(4));
  });

  it('gets past thousands of events that are not for it, whatever checkpoints come in between', async () => {
    await fill(1_000, 1_000, 'other-1');
    await fill(2_000, 1_000, 'other-2');
    await fill(0, 1, 's');
    follow(['s']);
    await come(1);
    expect(idsOf(received)).toEqual(numbered(1));
    expect(subscriptions()).toBe(1);
  });

  it('is filtered by the server: what is not for it does not travel', async () => {
    await fill(0, 2, 'mine');
    await fill(100, 50, 'other');
    const seen: string[] = [];
    const take = harness.server.knobs.take.bind(harness.server.knobs);
    harness.server.knobs.take = (call, about) => {
      if (call === 'subscribe') seen.push(about);
      return take(call, about);
    };
    follow(['mine', 'also-']);
    await come(2);
    expect(seen[0]?.trim()).toBe('test.mine test.also-');
  });

  it('goes on after the server was away, with what was stored meanwhile by others', async () => {
    await fill(0, 3);
    follow();
    await come(3);
    const { port } = harness.server;
    await harness.restart();
    expect(harness.server.port).toBe(port);
    await fill(3, 3);
    await come(6);
    expect(idsOf(received)).toEqual(numbered(6));
    expect(stops).toEqual([]);
  });

  it('waits longer and longer between tries while the server is away, never beyond the longest', async () => {
    await fill(0, 1);
    follow();
    await come(1);
    harness.server.stop();
    const delays = () =>
      harness.logged
        .map((line) => JSON.parse(line) as { message: string; delayMs?: number })
        .filter(({ message }) => message.startsWith('a subscription to the event store broke'))
        .map(({ delayMs }) => delayMs ?? 0);
    await until(() => delays().length >= 12, 'it had tried twelve times');
    for (const [i, delay] of delays().entries()) {
      const whole = Math.min(QUICK.firstDelay * 2 ** i, QUICK.longestDelay);
      expect(delay).toBeLessThanOrEqual(whole);
      expect(delay).toBeGreaterThanOrEqual(Math.floor(whole / 2));
    }
    await harness.restart();
    await fill(1, 1);
    await come(2);
    expect(idsOf(received)).toEqual(numbered(2));
  });

  it('ends with the handler’s own error, once, and does not connect again', async () => {
    await fill(0, 1);
    const boom = new Error('boom');
    store.subscribe({
      after: START,
      onEvents: async () => {
        throw boom;
      },
      onStopped: (error) => stops.push(error),
    });
    await until(() => stops.length > 0, 'it had stopped');
    await fill(1, 1);
    await store.head();
    expect(stops).toEqual([boom]);
    expect(subscriptions()).toBe(1);
  });

  it('can be stopped while it waits for a server that is away', async () => {
    harness.server.stop();
    const subscription = follow();
    await until(() => harness.logged.length > 0, 'it had tried once');
    await subscription.stop();
    expect(stops).toEqual([undefined]);
  });

  it('through a cable that is cut and mended misses nothing', async () => {
    const cable = await Cable.to(harness.server.port);
    const far = harness.open({ connection: `esdb://127.0.0.1:${cable.port}?tls=false` });
    await fill(0, 2);
    follow(undefined, far);
    await come(2);
    cable.cut();
    await fill(2, 2);
    cable.mend();
    await come(4);
    expect(idsOf(received)).toEqual(numbered(4));
    await far.close();
    await cable.close();
  });
});
