import { NO_STREAM } from '@claviger/ports';
import {
  againstStandIn,
  allOf,
  event,
  failureOf,
  StandInHarness,
  until,
} from '../../../../test/servers/eventstore/harness.js';
import { leaseClient } from './shared-client.js';

beforeAll(() => againstStandIn());

describe('stores of one process over one server', () => {
  let harness: StandInHarness;

  beforeEach(async () => {
    harness = await StandInHarness.start();
  });

  afterEach(() => harness.dispose());

  it('share one client, until the last of them is closed', async () => {
    const { connection } = harness.server;
    const [first, second] = [leaseClient(connection), leaseClient(connection)];
    expect(second.client).toBe(first.client);
    await first.release();
    await first.release();
    const third = leaseClient(connection);
    expect(third.client).toBe(first.client);
    await second.release();
    await third.release();
    const later = leaseClient(connection);
    expect(later.client).not.toBe(first.client);
    await later.release();
  });

  it('do not disturb each other when one is closed', async () => {
    const [events, journal] = [harness.open({ namespace: 'events' }), harness.open({ namespace: 'journal' })];
    await events.append('s', NO_STREAM, [event(1)]);
    await journal.append('s', NO_STREAM, [event(2)]);
    await journal.close();
    expect(await allOf(events)).toHaveLength(1);
    expect(await failureOf(journal.head())).toMatchObject({ name: 'EventStoreUnavailable' });
  });

  it('find the leader of a cluster by asking it', async () => {
    const { port } = harness.server;
    const store = harness.open({ connection: `esdb+discover://127.0.0.1:${port}?tls=false` });
    await store.append('s', NO_STREAM, [event(1)]);
    expect(harness.server.knobs.calls('gossip')).toBe(1);
    const listed = harness.open({ connection: `esdb://127.0.0.1:${port},127.0.0.1:1?tls=false` });
    expect(await allOf(listed)).toHaveLength(1);
  });

  it('end in time when no node of a cluster says who leads, and work once one does', async () => {
    const { port, knobs } = harness.server;
    const store = harness.open({ connection: `esdb+discover://127.0.0.1:${port}?tls=false` });
    knobs.arm('gossip', { kind: 'silence', when: 'before' }, { times: 1 }); // the client itself waits five seconds for it
    const began = performance.now();
    expect(await failureOf(store.head())).toMatchObject({ name: 'EventStoreUnavailable' });
    expect(await failureOf(store.append('s', NO_STREAM, [event(1)]))).toMatchObject({ name: 'UnknownOutcome' });
    expect(performance.now() - began).toBeLessThan(4_000);
    await until(() => knobs.calls('gossip') > 1, 'the client had asked again', 8_000);
    expect(await store.append('t', NO_STREAM, [event(2)])).toMatchObject({ repeated: false });
    // The append that was given up had only been waiting for the leader: its outcome was open indeed.
    expect(await store.append('s', NO_STREAM, [event(1)])).toMatchObject({ events: [{ stream: 's' }] });
    expect(await allOf(store)).toHaveLength(2);
  }, 20_000);
});
