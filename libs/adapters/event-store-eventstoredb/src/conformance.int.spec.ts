import { HmacSha256 } from '@claviger/crypto';
import { JsonLogger, SystemClock, SystemIds } from '@claviger/platform';
import { AuthenticatedEventStore } from '@claviger/ports';
import { eventStoreConformance } from '@claviger/ports/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { againstStandIn } from '../../../../test/servers/eventstore/harness.js';
import { EventStoreStandIn } from '../../../../test/servers/eventstore/server.js';
import { notRun, ranAgainst } from '../../../../test/support/external.js';
import { EventStoreDbEventStore } from './store.js';

const clock = new SystemClock();
const ids = new SystemIds(clock);
const logger = new JsonLogger({ clock, level: 'error', sink: () => undefined });

// 64 callers that all conflict make 2,000 calls.
jest.setTimeout(30_000);

/** Each store of a suite has a namespace of its own, so that one server, also one that others use, serves all of them. */
function suites(name: string, connection: () => string): void {
  const namespace = () => `test-${ids.uuid4()}`;
  const open = (space: string) =>
    new EventStoreDbEventStore({ connection: connection(), namespace: space, clock, ids, logger });

  eventStoreConformance(name, async () => {
    const space = namespace();
    return { store: open(space), reopen: async () => open(space), dispose: async () => undefined };
  });

  eventStoreConformance(`authenticated, over ${name}`, async () => {
    const space = namespace();
    const authenticated = () => new AuthenticatedEventStore(open(space), new HmacSha256(new Uint8Array(32).fill(1)));
    return { store: authenticated(), reopen: async () => authenticated(), dispose: async () => undefined };
  });
}

describe('against the stand-in', () => {
  let folder: string;
  let server: EventStoreStandIn | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'eventstore-'));
    server = await EventStoreStandIn.start({ folder });
    againstStandIn('against the stand-in');
  });

  afterAll(() => {
    server?.stop();
    rmSync(folder, { recursive: true });
  });

  suites('EventStoreDB (stand-in)', () => server?.connection ?? 'the stand-in did not start');
});

const real = process.env['EVENTSTORE_URL'];
if (real === undefined) {
  it('names a real server as not run', () => {
    notRun('eventstoredb', 'EVENTSTORE_URL names no server');
  });
} else {
  describe('against the server at EVENTSTORE_URL', () => {
    beforeAll(() => ranAgainst('eventstoredb', 'the server at EVENTSTORE_URL', 'against the server at EVENTSTORE_URL'));
    suites('EventStoreDB', () => real);
  });
}
