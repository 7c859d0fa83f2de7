/*
 * How the SQLite event store does against what one could do at best, as ratios: variants in turns, median of the ratios per round.
 * By hand, over a build:  npm exec -c 'node test/bench/event-store.mjs [rounds] [events]'
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

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
const PER_STREAM = 100;
const PAGE = 2000;

let made = 0;
const uuid = () => {
  const hex = createHash('md5')
    .update(String((made += 1)))
    .digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
};
const event = () => ({
  id: uuid(),
  type: 'VersionRotated',
  schemaVersion: 1,
  data: DATA,
  metadata: METADATA,
  mac: new Uint8Array(0),
});
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** @returns store over a new file with `count` events, 100 per stream, and the names of its streams */
async function filled({ SqliteEventStore, AuthenticatedEventStore, key }, path, count) {
  let database;
  const sqlite = new SqliteEventStore({ path, faults: { opened: (db) => (database = db) } });
  const store = new AuthenticatedEventStore(sqlite, key);
  database.exec('PRAGMA synchronous = OFF');
  const streams = Array.from({ length: Math.ceil(count / PER_STREAM) }, () => `key-000000000000-us-east-1-${uuid()}`);
  // Streams grow side by side, as keys do.
  for (let revision = -1; revision < PER_STREAM - 1; revision += 10) {
    for (let i = 0; i < streams.length; i += 200) {
      await Promise.all(
        streams.slice(i, i + 200).map((stream) => store.append(stream, revision, Array.from({ length: 10 }, event))),
      );
    }
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.exec('PRAGMA synchronous = FULL');
  // Each measurement starts with an empty log, whatever the one before it has left.
  const settle = () => database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return { path, sqlite, store, streams, settle, lengths: new Map() };
}

/** Events per second of `callers` that append one event after the other, each to streams of its own or to random ones of the store. */
async function appends({ store, streams, settle, lengths }, callers, milliseconds, { random = false } = {}) {
  settle();
  const started = performance.now();
  const end = started + milliseconds;
  const latencies = [];
  let count = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      let stream = `key-000000000000-us-east-1-${uuid()}`;
      let revision = -1;
      while (performance.now() < end) {
        if (random) {
          stream = streams[Number.parseInt(uuid().slice(0, 8), 16) % streams.length];
          revision = lengths.get(stream) ?? PER_STREAM - 1;
          lengths.set(stream, revision + 1);
        }
        const sent = performance.now();
        try {
          ({ revision } = (await store.append(stream, revision, [event()])).events[0]);
          count += 1;
        } catch (error) {
          if (error.name !== 'WrongExpectedRevision') throw error;
          lengths.set(stream, error.actual);
        }
        latencies.push(performance.now() - sent);
        if (revision >= PER_STREAM - 1) {
          stream = `key-000000000000-us-east-1-${uuid()}`;
          revision = -1;
        }
      }
    }),
  );
  latencies.sort((a, b) => a - b);
  return { rate: (1000 * count) / (performance.now() - started), p99: latencies[Math.floor(latencies.length * 0.99)] };
}

/** Every column of every row, as quickly as the driver gives them. */
function rawScan(path) {
  const db = new DatabaseSync(path);
  const statement = db.prepare('SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?');
  statement.setReturnArrays(true);
  const started = performance.now();
  let count = 0;
  for (let after = 0; ; ) {
    const rows = statement.all(after, PAGE);
    count += rows.length;
    if (rows.length < PAGE) break;
    after = rows.at(-1)[0];
  }
  const rate = (1000 * count) / (performance.now() - started);
  db.close();
  return rate;
}

/** As a read model does it: every page read, every event's place in its chain verified, every head kept. */
async function replay({ AuthenticatedEventStore, StreamHeads, key }, sqlite) {
  const heads = new StreamHeads(key);
  const store = new AuthenticatedEventStore(sqlite, key);
  const started = performance.now();
  let count = 0;
  for (let after = 0n; ; ) {
    const page = await store.readAll({ after, maxCount: PAGE });
    for (const one of page.events) {
      if (one.damaged) throw new Error('an event does not verify');
      heads.apply(one);
    }
    count += page.events.length;
    if (page.atEnd) break;
    after = page.next;
  }
  return (1000 * count) / (performance.now() - started);
}

/**
 * @param options.dist folder of a build
 * @returns {Promise<{ name: string, value: number, unit: string, ratio: number | null, against: string | null }[]>}
 */
export async function benchEventStore({
  dist = join(import.meta.dirname, '../../dist'),
  rounds = 5,
  events = 1_000_000,
  slice = 700,
} = {}) {
  const load = (path) => import(pathToFileURL(join(dist, path)).href);
  const { AuthenticatedEventStore, StreamHeads } = await load('libs/ports/src/index.js');
  const { SqliteEventStore } = await load('libs/adapters/event-store-sqlite/src/index.js');
  const { HmacSha256 } = await load('libs/crypto/src/index.js');
  const lib = {
    AuthenticatedEventStore,
    StreamHeads,
    SqliteEventStore,
    key: new HmacSha256(new Uint8Array(32).fill(1)),
  };
  const folder = mkdtempSync(join(tmpdir(), 'bench-event-store-'));
  const small = await filled(lib, join(folder, 'small.db'), 10_000);
  const large = await filled(lib, join(folder, 'large.db'), events);
  try {
    const seen = {};
    const note = (name, value) => (seen[name] ??= []).push(value);
    for (let round = 0; round < rounds; round++) {
      const steps = [
        async () => note('single', (await appends(small, 1, slice)).rate),
        async () => {
          const { rate, p99 } = await appends(small, 64, slice);
          note('grouped', rate);
          note('p99', p99);
        },
        async () => note('large', (await appends(large, 64, slice)).rate),
        async () => note('random', (await appends(large, 64, slice, { random: true })).rate),
        async () => note('scan', rawScan(large.path)),
        async () => note('replay', await replay(lib, large.sqlite)),
      ];
      for (const step of round % 2 === 0 ? steps : steps.toReversed()) await step();
    }
    const ratio = (name, against) => median(seen[name].map((value, i) => value / seen[against][i]));
    const line = (name, key, unit, against, words) => ({
      name,
      value: median(seen[key]),
      unit,
      ratio: against === null ? null : ratio(key, against),
      against: words ?? null,
    });
    return [
      line('append, one by one, 10^4 events', 'single', 'events/s', null),
      line('append, 64 callers, 10^4 events', 'grouped', 'events/s', 'single', 'one by one'),
      line('append, 64 callers, 10^4 events, p99', 'p99', 'ms', null),
      line(`append, 64 callers, ${events} events`, 'large', 'events/s', 'grouped', '64 callers, 10^4 events'),
      line(
        `append, 64 callers, ${events} events, random streams`,
        'random',
        'events/s',
        'grouped',
        '64 callers, 10^4 events',
      ),
      line(`raw scan, ${events} events`, 'scan', 'events/s', null),
      line(`replay and verify, ${events} events`, 'replay', 'events/s', 'scan', 'raw scan'),
    ];
  } finally {
    await small.store.close();
    await large.store.close();
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const [rounds, events] = process.argv.slice(2).map(Number);
  for (const { name, value, unit, ratio, against } of await benchEventStore({
    rounds,
    events,
    dist: process.env.BENCH_DIST,
  })) {
    const compared = ratio === null ? '' : `  ${ratio.toFixed(2)} of ${against}`;
    process.stdout.write(`${name.padEnd(52)} ${value.toFixed(value < 100 ? 1 : 0).padStart(9)} ${unit}${compared}\n`);
  }
}
