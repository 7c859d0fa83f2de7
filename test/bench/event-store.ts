import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteEventStore } from '@claviger/adapters/event-store-sqlite';
import { HmacSha256 } from '@claviger/crypto';
import { AuthenticatedEventStore, type NewEvent, START, StreamHeads, WrongExpectedRevision } from '@claviger/ports';
import type { Figure, Target } from './report.js';
import { median, medianRatio, percentile } from './statistics.js';

export interface EventStoreBenchOptions {
  /** On the disk that is to be measured. */
  readonly folder: string;
  /** Rounds per figure, at least 5 for figures that count. */
  readonly rounds: number;
  /** Seconds of one run. */
  readonly seconds: number;
  /** Events of the large store. */
  readonly events: number;
}

const SMALL = 10_000;
const PER_STREAM = 100;
const PAGE = 2000;
/** One rotation as the kernel writes it: about 150 bytes of data, 400 of metadata. */
const DATA = JSON.stringify({
  version: 3,
  material: '0190b5a4-8f6e-7c3a-9d21-5a4b3c2d1e0f',
  algorithm: 'AES_256_GCM',
  cause: 'scheduled',
});
const METADATA = JSON.stringify({
  commandId: '0190b5a4-8f6e-8c3a-9d21-5a4b3c2d1e0f',
  requestId: '0190b5a4-8f6e-7c3a-9d21-5a4b3c2d1e0f',
  actor: 'system:scheduler',
  account: '000000000000',
  protocol: 'admin',
  operation: 'RotateKey',
  node: 'node-1',
  sequence: 123456,
  decidedOn: { key: 7, principal: 2 },
  occurredAt: '2026-01-01T00:00:00.000Z',
});

/**
 * The SQLite event store beside itself and beside a bare scan of its table, all of it authenticated. Variants in turns, the order
 * turned round each round; ratios per round.
 */
export async function benchEventStore({ folder, rounds, seconds, events }: EventStoreBenchOptions): Promise<Figure[]> {
  const files = mkdtempSync(join(folder, 'event-store-'));
  const small = await Contender.filled(join(files, 'small.db'), SMALL);
  const large = await Contender.filled(join(files, 'large.db'), events);
  const runs = {
    single: () => small.appends(1, seconds, 'own'),
    grouped: () => small.appends(64, seconds, 'own'),
    large: () => large.appends(64, seconds, 'own'),
    random: () => large.appends(64, seconds, 'random'),
    scan: async () => large.rawScan(),
    replay: () => large.replay(),
  };
  const names = ['single', 'grouped', 'large', 'random', 'scan', 'replay'] as const;
  const seen: Record<(typeof names)[number], number[]> = {
    single: [],
    grouped: [],
    large: [],
    random: [],
    scan: [],
    replay: [],
  };
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of round % 2 === 0 ? names : names.toReversed()) seen[name].push(await runs[name]());
    }
  } finally {
    await small.close();
    await large.close();
    rmSync(files, { recursive: true });
  }
  const figure = (
    name: string,
    run: (typeof names)[number],
    against?: (typeof names)[number],
    target?: Target,
  ): Figure => ({
    name: `event store: ${name}`,
    value: median(seen[run]),
    unit: 'events/s',
    ratio: against === undefined ? null : medianRatio(seen[run], seen[against]),
    against: against === undefined ? null : LABELS[against],
    target,
  });
  const p99 = {
    name: 'event store: 64 callers, p99',
    value: median(small.p99),
    unit: 'ms',
    ratio: null,
    against: null,
  };
  return [
    figure(LABELS.single, 'single'),
    figure(LABELS.grouped, 'grouped', 'single', { atLeast: 6 }),
    p99,
    figure(`64 callers at ${events} events`, 'large', 'grouped', { atLeast: 0.9 }),
    figure(`64 callers at ${events} events, random streams`, 'random', 'grouped'),
    figure(LABELS.scan, 'scan'),
    figure('replay, verified, heads kept', 'replay', 'scan', { atLeast: 0.45 }),
  ];
}

const LABELS = {
  single: 'one by one',
  grouped: `64 callers at ${SMALL} events`,
  large: '64 callers, large store',
  random: '64 callers, random streams',
  scan: 'raw table scan',
  replay: 'replay',
} as const;

const key = new HmacSha256(new Uint8Array(32).fill(1));
let made = 0;

function uuid(): string {
  made += 1;
  const hex = createHash('sha256').update(String(made)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const stream = (): string => `key-000000000000-us-east-1-${uuid()}`;
const event = (): NewEvent => ({
  id: uuid(),
  type: 'VersionRotated',
  schemaVersion: 1,
  data: DATA,
  metadata: METADATA,
  mac: new Uint8Array(0),
});

/** One store with its own second view of the file. */
class Contender {
  /** 99th percentiles of the runs with 64 callers, milliseconds. */
  readonly p99: number[] = [];
  readonly #lengths = new Map<string, number>();

  private constructor(
    private readonly path: string,
    private readonly sqlite: SqliteEventStore,
    private readonly database: DatabaseSync,
    private readonly streams: readonly string[],
  ) {}

  /** A new file with `count` events, 100 per stream; the streams grow side by side, as keys do. */
  static async filled(path: string, count: number): Promise<Contender> {
    let database: DatabaseSync | undefined;
    const sqlite = new SqliteEventStore({ path, faults: { opened: (db) => (database = db) } });
    if (database === undefined) throw new Error('the store did not open');
    const streams = Array.from({ length: Math.ceil(count / PER_STREAM) }, stream);
    const contender = new Contender(path, sqlite, database, streams);
    const store = new AuthenticatedEventStore(sqlite, key);
    database.exec('PRAGMA synchronous = OFF');
    for (let revision = -1; revision < PER_STREAM - 1; revision += 10) {
      for (let i = 0; i < streams.length; i += 200) {
        const appends = streams
          .slice(i, i + 200)
          .map((name) => store.append(name, revision, Array.from({ length: 10 }, event)));
        await Promise.all(appends);
      }
    }
    database.exec('PRAGMA synchronous = FULL');
    return contender;
  }

  /** Events per second of callers that append one after the other, each to streams of its own or to any that are there. */
  async appends(callers: number, seconds: number, to: 'own' | 'random'): Promise<number> {
    // Each run starts with an empty log, whatever the one before it has left.
    this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const store = new AuthenticatedEventStore(this.sqlite, key);
    const started = performance.now();
    const latencies: number[] = [];
    const caller = async (): Promise<void> => {
      let [name, revision] = [stream(), -1];
      while (performance.now() - started < 1000 * seconds) {
        if (to === 'random') [name, revision] = this.#anyStream();
        else if (revision === PER_STREAM - 1) [name, revision] = [stream(), -1];
        const sent = performance.now();
        try {
          await store.append(name, revision, [event()]);
          latencies.push(performance.now() - sent);
          revision += 1;
        } catch (error) {
          if (!(error instanceof WrongExpectedRevision)) throw error;
          this.#lengths.set(name, error.actual + 1);
        }
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    if (callers > 1) this.p99.push(percentile(latencies, 99));
    return (1000 * latencies.length) / (performance.now() - started);
  }

  /** Every column of every row, as quickly as the driver gives them. */
  rawScan(): number {
    const db = new DatabaseSync(this.path);
    const statement = db.prepare('SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?');
    statement.setReturnArrays(true);
    const started = performance.now();
    let count = 0;
    for (let after = 0; ; ) {
      const rows = statement.all(after, PAGE) as unknown as (readonly [position: number])[];
      count += rows.length;
      after = rows.at(-1)?.[0] ?? after;
      if (rows.length < PAGE) break;
    }
    const rate = (1000 * count) / (performance.now() - started);
    db.close();
    return rate;
  }

  /** As a read model does it: every page read, every event verified in its place, every head kept. */
  async replay(): Promise<number> {
    const heads = new StreamHeads(key);
    const store = new AuthenticatedEventStore(this.sqlite, key);
    const started = performance.now();
    let count = 0;
    for (let after = START; ; ) {
      const page = await store.readAll({ after, maxCount: PAGE });
      for (const one of page.events) {
        if (one.damaged === true) throw new Error('an event does not verify');
        heads.apply(one);
      }
      count += page.events.length;
      after = page.next;
      if (page.atEnd) break;
    }
    return (1000 * count) / (performance.now() - started);
  }

  close(): Promise<void> {
    return this.sqlite.close();
  }

  #anyStream(): [name: string, revision: number] {
    const name = this.streams[Number.parseInt(uuid().slice(0, 8), 16) % this.streams.length] ?? '';
    const length = this.#lengths.get(name) ?? PER_STREAM;
    this.#lengths.set(name, length + 1);
    return [name, length - 1];
  }
}
