import { EventStoreDbEventStore, type EventStoreDbOptions } from '@claviger/adapters/event-store-eventstoredb';
import { JsonLogger, SystemClock, SystemIds } from '@claviger/platform';
import { type EventRecord, type EventStore, type NewEvent, START } from '@claviger/ports';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ranAgainst } from '../../support/external.js';
import { EventStoreStandIn } from './server.js';

/** Short, so that faults that last for ever do not: what they are in production is a matter of patience, not of kind. */
export const QUICK = { call: 250, retryFor: 700, firstDelay: 5, longestDelay: 40, stallCheck: 150 };

const clock = new SystemClock();
const ids = new SystemIds(clock);

/** A stand-in in a folder of its own, and stores over it. */
export class StandInHarness {
  readonly logged: string[] = [];
  readonly #stores: EventStore[] = [];

  private constructor(
    readonly folder: string,
    public server: EventStoreStandIn,
  ) {}

  static async start(): Promise<StandInHarness> {
    const folder = mkdtempSync(join(tmpdir(), 'eventstore-'));
    return new StandInHarness(folder, await EventStoreStandIn.start({ folder }));
  }

  /** Over the connection of the server as it is now, unless `options` name another. */
  open(options: Partial<EventStoreDbOptions> = {}): EventStoreDbEventStore {
    const logger = new JsonLogger({ clock, level: 'debug', sink: (line) => this.logged.push(line) });
    const { connection } = this.server;
    const store = new EventStoreDbEventStore({
      connection,
      namespace: 'test',
      clock,
      ids,
      logger,
      timing: QUICK,
      ...options,
    });
    this.#stores.push(store);
    return store;
  }

  /** The same log at the same port. */
  async restart(): Promise<void> {
    const { port } = this.server;
    this.server.stop();
    this.server = await EventStoreStandIn.start({ folder: this.folder, port });
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    this.server.stop();
    rmSync(this.folder, { recursive: true });
  }
}

/** Announces in the closing summary that the tests of this file, or of the `describe` with this title, run against the stand-in. */
export function againstStandIn(under?: string): void {
  ranAgainst('EventStoreDB stand-in', 'gRPC, test/servers/eventstore', under);
}

/** The n-th of a series of distinct events. */
export const event = (n: number, change: Partial<NewEvent> = {}): NewEvent => ({
  id: `5f1c0000-0000-5000-8000-${n.toString(16).padStart(12, '0')}`,
  type: 'Happened',
  schemaVersion: 1,
  data: `{"n":${n}}`,
  metadata: `{"m":${n}}`,
  mac: new Uint8Array(0),
  ...change,
});

export const idsOf = (events: readonly NewEvent[]): string[] => events.map(({ id }) => id);

export async function allOf(store: EventStore): Promise<readonly EventRecord[]> {
  return (await store.readAll({ after: START, maxCount: 10_000 })).events;
}

export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );

/** Fails when it does not come about within the time. */
export async function until(condition: () => boolean, what: string, ms = 4_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
