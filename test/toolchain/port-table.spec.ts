import { portLines, portOf, portRows } from '../../scripts/port-table.mjs';

const test_ = (status: string, ...ancestorTitles: readonly string[]) => ({ status, ancestorTitles });
const conformance = 'libs/adapters/event-store-eventstoredb/src/conformance.int.spec.ts';
const standIn = {
  kind: 'against',
  name: 'EventStoreDB stand-in',
  detail: 'gRPC',
  suite: conformance,
  under: 'on the stand-in',
};

describe('the table of ports, adapters and servers', () => {
  it('counts a test for the server that the describe around it has announced, and for no other', () => {
    const real = {
      kind: 'against',
      name: 'eventstoredb',
      detail: 'EVENTSTORE_URL',
      suite: conformance,
      under: 'on the real one',
    };
    const tests = [
      test_('passed', 'on the stand-in', 'appends'),
      test_('passed', 'on the stand-in', 'reads'),
      test_('passed', 'on the real one', 'appends'),
      test_('failed', 'on the real one', 'reads'),
      test_('pending', 'on the real one', 'subscribes'),
      test_('passed', 'in memory'),
    ];
    expect(portRows([{ path: conformance, tests }], [standIn, real])).toEqual([
      ['EventStore', 'event-store-eventstoredb', 'EventStoreDB stand-in (gRPC)', '2 passed'],
      ['EventStore', 'event-store-eventstoredb', 'eventstoredb (EVENTSTORE_URL)', '1 passed, 1 FAILED'],
      ['EventStore', 'event-store-eventstoredb', 'none: within this process', '1 passed'],
    ]);
  });

  it('counts all of a file for a server that was announced for the whole of it', () => {
    const path = 'libs/adapters/queue-bullmq/src/faults.int.spec.ts';
    const note = { kind: 'against', name: 'redis', detail: 'redis-server 7.0.15', suite: path };
    const tests = [test_('passed', 'one'), test_('passed', 'two')];
    expect(portRows([{ path, tests }], [note, standIn])).toEqual([
      ['JobQueue', 'queue-bullmq', 'redis-server 7.0.15', '2 passed'],
    ]);
  });

  it('shows a server that was not there as NOT RUN, and says so for nothing that ran', () => {
    const missing = {
      kind: 'not-run',
      name: 'eventstoredb',
      detail: 'EVENTSTORE_URL names no server',
      suite: conformance,
    };
    const tests = [test_('passed', 'on the stand-in'), test_('pending', 'on the real one')];
    expect(portRows([{ path: conformance, tests }], [standIn, missing])).toEqual([
      ['EventStore', 'event-store-eventstoredb', 'EventStoreDB stand-in (gRPC)', '1 passed'],
      ['EventStore', 'event-store-eventstoredb', 'eventstoredb (EVENTSTORE_URL names no server)', 'NOT RUN'],
    ]);
  });

  it('has no row for what is no adapter, and no lines without rows', () => {
    const path = 'libs/ports/src/event-store/in-memory.spec.ts';
    expect(portRows([{ path, tests: [test_('passed', 'in memory')] }], [])).toEqual([]);
    expect(portLines([])).toEqual([]);
  });

  it('tells ports apart whose names begin alike', () => {
    expect(portOf('sealed-store-postgres')).toBe('SealedStore');
    expect(portOf('seal-shares')).toBe('Seal');
  });
});
