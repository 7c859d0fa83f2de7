import { HmacSha256 } from '@claviger/crypto';
import {
  AuthenticatedEventStore,
  type EventRecord,
  type EventStore,
  EventStoreUnavailable,
  type NewEvent,
  NO_STREAM,
  START,
  UnknownOutcome,
} from '@claviger/ports';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UnknownSchema } from './database.js';
import type { SqliteEventStoreOptions, StoreFaults } from './options.js';
import { SqliteEventStore } from './store.js';

const event = (n: number, data = `{"n":${n}}`): NewEvent => ({
  id: `5f1c0000-0000-5000-8000-${n.toString(16).padStart(12, '0')}`,
  type: 'Happened',
  schemaVersion: 1,
  data,
  metadata: '{}',
  mac: new Uint8Array(0),
});

const sqliteError = (errcode: number): Error =>
  Object.assign(new Error('planted'), { code: 'ERR_SQLITE_ERROR', errcode });
const IOERR_FSYNC = 1034;
const CONSTRAINT = 19;
const FULL = 13;

describe('SqliteEventStore', () => {
  let folder: string;
  let path: string;
  let store: SqliteEventStore | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-store-'));
    path = join(folder, 'events.db');
  });

  afterEach(async () => {
    await store?.close();
    store = undefined;
    rmSync(folder, { recursive: true });
  });

  const open = (options: Partial<SqliteEventStoreOptions> = {}): SqliteEventStore => {
    store = new SqliteEventStore({ path, ...options });
    return store;
  };
  const raw = <T>(use: (db: DatabaseSync) => T): T => {
    const db = new DatabaseSync(path);
    try {
      return use(db);
    } finally {
      db.close();
    }
  };
  const all = async (from: EventStore): Promise<readonly EventRecord[]> =>
    (await from.readAll({ after: START, maxCount: 10_000 })).events;
  const ids = async (from: EventStore): Promise<string[]> => (await all(from)).map(({ id }) => id);
  const each = (count: number, first = 0) =>
    Array.from({ length: count }, (_, i) => (store ?? open()).append(`s${first + i}`, NO_STREAM, [event(first + i)]));

  describe('the file', () => {
    it('can be read by its owner only, its log too', async () => {
      await open().append('s', NO_STREAM, [event(1)]);
      for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    });

    it('is a log in WAL mode with full synchronisation', async () => {
      let synchronous: unknown;
      open({ faults: { opened: (db) => (synchronous = db.prepare('PRAGMA synchronous').get()?.synchronous) } });
      expect(synchronous).toBe(2);
      expect(existsSync(`${path}-wal`)).toBe(true);
    });

    it('has no index over ids', () => {
      open();
      const indexed = raw((db) =>
        db
          .prepare(
            `SELECT ii.name FROM sqlite_schema s, pragma_index_list(s.name) il, pragma_index_info(il.name) ii WHERE s.type = 'table'`,
          )
          .all()
          .map(({ name }) => String(name)),
      );
      expect(indexed.toSorted()).toEqual(['name', 'revision', 'stream']);
    });

    it('is refused, and left as it is, when a later program has written it', async () => {
      await open().append('s', NO_STREAM, [event(1)]);
      await store?.close();
      raw((db) => db.exec('PRAGMA user_version = 2'));
      expect(() => new SqliteEventStore({ path })).toThrow(UnknownSchema);
      expect(raw((db) => db.prepare('PRAGMA user_version').get()?.user_version)).toBe(2);
      raw((db) => db.exec('PRAGMA user_version = 1'));
      expect(await ids(open())).toHaveLength(1);
    });

    it('is refused when it belongs to another program', () => {
      raw((db) => db.exec('CREATE TABLE theirs (x)'));
      expect(() => new SqliteEventStore({ path })).toThrow(UnknownSchema);
    });
  });

  describe('appends of one turn', () => {
    it('share one commit', async () => {
      let commits = 0;
      open({ faults: { beforeCommit: () => (commits += 1) } });
      await Promise.all(each(64));
      expect(commits).toBe(1);
    });

    it('are answered after that commit and not before', async () => {
      const happened: string[] = [];
      open({ faults: { beforeCommit: () => happened.push('commit'), afterCommit: () => happened.push('committed') } });
      const appends = each(3).map((append) => append.then(() => happened.push('answer')));
      const conflict = (store as EventStore)
        .append('s0', NO_STREAM, [event(99)])
        .catch(() => happened.push('conflict'));
      await Promise.all([...appends, conflict]);
      expect(happened).toEqual(['commit', 'committed', 'answer', 'answer', 'answer', 'conflict']);
    });

    it('are carried out in several commits when they are very many, in their order', async () => {
      let commits = 0;
      open({ faults: { beforeCommit: () => (commits += 1) } });
      await Promise.all(each(1_000));
      expect(commits).toBeGreaterThan(2);
      expect(await ids(store as EventStore)).toEqual(Array.from({ length: 1_000 }, (_, i) => event(i).id));
    });

    it('are refused beyond a bound, and those before it are stored', async () => {
      open();
      const outcomes = await Promise.allSettled(each(10_100));
      const refused = outcomes.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(100);
      expect(refused[0]).toMatchObject({ reason: { name: 'EventStoreUnavailable' } });
      expect((await all(store as EventStore)).length).toBe(10_000);
      await expect((store as EventStore).append('later', NO_STREAM, [event(20_000)])).resolves.toBeDefined();
    });
  });

  describe('when something fails', () => {
    /** Fails at the given places, once each. */
    const failing = (plan: Partial<Record<keyof StoreFaults, Error>>, when = (): boolean => true): StoreFaults => {
      const fail = (place: keyof StoreFaults) => (): void => {
        const error = plan[place];
        if (error === undefined || !when()) return;
        delete plan[place];
        throw error;
      };
      return {
        beforeInsert: fail('beforeInsert'),
        beforeCommit: fail('beforeCommit'),
        afterCommit: fail('afterCommit'),
      };
    };

    it('in the middle of an append, none of its events is stored, and others in its group are', async () => {
      const faults: StoreFaults = {
        beforeInsert: (stream, revision) => {
          if (stream === 'bad' && revision === 1) throw sqliteError(CONSTRAINT);
        },
      };
      open({ faults });
      const good = each(20);
      const bad = (store as EventStore).append('bad', NO_STREAM, [event(100), event(101), event(102)]);
      const more = each(20, 20);
      await expect(bad).rejects.toBeInstanceOf(EventStoreUnavailable);
      await Promise.all([...good, ...more]);
      expect(await ids(store as EventStore)).toEqual(Array.from({ length: 40 }, (_, i) => event(i).id));
      expect(await (store as EventStore).readStream('bad', 0, 10)).toEqual([]);
    });

    it('a disk full before the commit fails the group as a whole; the next is stored', async () => {
      open({ faults: failing({ beforeInsert: sqliteError(FULL) }) });
      for (const outcome of await Promise.allSettled(each(5))) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'EventStoreUnavailable' } });
      }
      expect(await ids(store as EventStore)).toEqual([]);
      await Promise.all(each(5));
      expect(await ids(store as EventStore)).toHaveLength(5);
    });

    it('a disk full in the commit is certain: nothing is stored', async () => {
      open({ faults: failing({ beforeCommit: sqliteError(FULL) }) });
      for (const outcome of await Promise.allSettled(each(5))) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'EventStoreUnavailable' } });
      }
      expect(await ids(store as EventStore)).toEqual([]);
    });

    it('a commit that fails otherwise is an unknown outcome; the caller looks and appends again', async () => {
      open({ faults: failing({ beforeCommit: sqliteError(IOERR_FSYNC) }) });
      for (const outcome of await Promise.allSettled(each(5))) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'UnknownOutcome' } });
      }
      expect(await ids(store as EventStore)).toEqual([]);
      for (const result of await Promise.all(each(5))) expect(result.repeated).toBe(false);
      expect(await ids(store as EventStore)).toHaveLength(5);
    });

    it('an answer lost after the commit is found again by repeating the append', async () => {
      open({ faults: failing({ afterCommit: sqliteError(IOERR_FSYNC) }) });
      await expect((store as EventStore).append('s', NO_STREAM, [event(1), event(2)])).rejects.toBeInstanceOf(
        UnknownOutcome,
      );
      expect(await ids(store as EventStore)).toHaveLength(2);
      const again = await (store as EventStore).append('s', NO_STREAM, [event(1), event(2)]);
      expect(again.repeated).toBe(true);
      await (store as EventStore).append('s', 1, [event(3)]);
      expect(await ids(store as EventStore)).toHaveLength(3);
    });

    it('conflicts with events that were taken back are no conflicts', async () => {
      open({ faults: failing({ beforeCommit: sqliteError(FULL) }) });
      const outcomes = await Promise.allSettled(
        [1, 2].map((n) => (store as EventStore).append('s', NO_STREAM, [event(n)])),
      );
      for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { name: 'EventStoreUnavailable' } });
      await expect((store as EventStore).append('s', NO_STREAM, [event(2)])).resolves.toMatchObject({
        repeated: false,
      });
    });

    it('nothing is delivered that was taken back', async () => {
      open({ faults: failing({ beforeCommit: sqliteError(FULL) }) });
      const received: string[] = [];
      let came = (): void => undefined;
      const arrived = new Promise<void>((resolve) => (came = resolve));
      (store as EventStore).subscribe({
        after: START,
        onEvents: async (events) => {
          received.push(...events.map(({ id }) => id));
          came();
        },
      });
      await expect((store as EventStore).append('s', NO_STREAM, [event(1)])).rejects.toBeInstanceOf(
        EventStoreUnavailable,
      );
      await (store as EventStore).append('s', NO_STREAM, [event(2)]);
      await arrived;
      expect(received).toEqual([event(2).id]);
    });

    it('a file that cannot grow refuses appends, keeps being read, and takes appends again once it can', async () => {
      let database: DatabaseSync | undefined;
      open({ faults: { opened: (db) => (database = db) } });
      await Promise.all(each(50));
      const pages = Number(database?.prepare('PRAGMA page_count').get()?.page_count);
      database?.exec(`PRAGMA max_page_count = ${pages + 2}`);
      const big = (n: number) =>
        (store as EventStore).append(`big${n}`, NO_STREAM, [event(1_000 + n, `"${'x'.repeat(50_000)}"`)]);
      await expect(big(1)).rejects.toBeInstanceOf(EventStoreUnavailable);
      expect(await ids(store as EventStore)).toHaveLength(50);
      await expect((store as EventStore).append('small', NO_STREAM, [event(2_000)])).resolves.toBeDefined();
      database?.exec('PRAGMA max_page_count = 1000000');
      await expect(big(1)).resolves.toMatchObject({ repeated: false });
      expect(await ids(store as EventStore)).toHaveLength(52);
    });

    it('a file held by another connection refuses appends until it is free', async () => {
      open();
      const other = new DatabaseSync(path);
      other.exec('BEGIN IMMEDIATE');
      await expect((store as EventStore).append('s', NO_STREAM, [event(1)])).rejects.toBeInstanceOf(
        EventStoreUnavailable,
      );
      expect(await ids(store as EventStore)).toEqual([]);
      other.exec('COMMIT');
      other.close();
      await expect((store as EventStore).append('s', NO_STREAM, [event(1)])).resolves.toBeDefined();
    });
  });

  describe('when another connection writes the file', () => {
    const insert = (stream: number, revision: number, n: number) => (db: DatabaseSync) =>
      db
        .prepare(
          'INSERT INTO events (stream, revision, id, type, schema_version, data, metadata, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .run(stream, revision, event(n).id, 'Foreign', 1, '{}', '{}', new Uint8Array(0));

    it('notices, tells, delivers what came, and trusts its memory no more', async () => {
      let told = 0;
      open({ onForeignWrite: () => (told += 1) });
      await (store as EventStore).append('s', NO_STREAM, [event(1)]);
      expect(store?.lookForForeignWrites()).toBe(false);
      raw(insert(1, 1, 2));
      await expect((store as EventStore).append('s', 0, [event(3)])).rejects.toMatchObject({ actual: 1 });
      expect(told).toBe(1);
      await (store as EventStore).append('s', 1, [event(3)]);
      expect(await ids(store as EventStore)).toEqual([1, 2, 3].map((n) => event(n).id));
      expect(told).toBe(1);
    });

    it('reads what came behind the end that it remembers', async () => {
      open();
      await (store as EventStore).append('s', NO_STREAM, [event(1)]);
      expect(await (store as EventStore).readStream('s', 1, 10)).toEqual([]);
      raw(insert(1, 1, 2));
      expect((await (store as EventStore).readStream('s', 1, 10)).map(({ id }) => id)).toEqual([event(2).id]);
    });

    it('notices at `head` and when asked', async () => {
      let told = 0;
      open({ onForeignWrite: () => (told += 1) });
      await (store as EventStore).append('s', NO_STREAM, [event(1)]);
      const received: string[] = [];
      let came = (): void => undefined;
      const arrived = new Promise<void>((resolve) => (came = resolve));
      (store as EventStore).subscribe({
        after: await (store as EventStore).head(),
        onEvents: async (events) => {
          received.push(...events.map(({ id }) => id));
          came();
        },
      });
      raw(insert(1, 1, 2));
      expect(store?.lookForForeignWrites()).toBe(true);
      await arrived;
      expect(received).toEqual([event(2).id]);
      raw((db) => db.exec("UPDATE events SET data = '[]' WHERE revision = 0"));
      await (store as EventStore).head();
      await Promise.resolve();
      expect(told).toBe(2);
    });

    it('a changed byte is found in that stream and no other (R-3)', async () => {
      const key = new HmacSha256(new Uint8Array(32).fill(1));
      const authenticated = new AuthenticatedEventStore(open(), key);
      for (let i = 0; i < 3; i++) {
        for (const stream of ['key-a', 'key-b']) await authenticated.append(stream, i - 1, [event(10 * i)]);
      }
      raw((db) => db.exec(`UPDATE events SET data = '{"n":11}' WHERE stream = 1 AND revision = 1`));
      await expect(authenticated.readStream('key-a', 0, 10)).rejects.toMatchObject({ stream: 'key-a', revision: 1 });
      await expect(authenticated.readStream('key-b', 0, 10)).resolves.toHaveLength(3);
      const marked = (await all(authenticated)).filter(({ damaged }) => damaged);
      expect(marked.map(({ stream, revision }) => [stream, revision])).toEqual([['key-a', 1]]);
    });
  });

  it('counts positions past 2^53 exactly', async () => {
    await open().append('s', NO_STREAM, [event(1)]);
    const high = 2n ** 60n;
    raw((db) => db.prepare('UPDATE sqlite_sequence SET seq = ?').run(high));
    const { events } = await (store as EventStore).append('s', 0, [event(2), event(3)]);
    expect(events.map(({ position }) => position)).toEqual([high + 1n, high + 2n]);
    expect((await all(store as EventStore)).map(({ position }) => position)).toEqual([1n, high + 1n, high + 2n]);
    expect(await (store as EventStore).head()).toBe(high + 2n);
    expect((await (store as EventStore).readAll({ after: high + 1n, maxCount: 5 })).events).toHaveLength(1);
    expect((await (store as EventStore).readStream('s', 1, 5)).map(({ revision }) => revision)).toEqual([1, 2]);
  });

  it('never uses a position twice, though the last events were taken out', async () => {
    const { events } = await open().append('s', NO_STREAM, [event(1), event(2)]);
    raw((db) => db.exec('DELETE FROM events'));
    const { events: later } = await (store as EventStore).append('t', NO_STREAM, [event(3)]);
    expect(later[0]?.position).toBeGreaterThan(events[1]?.position ?? START);
  });
});
