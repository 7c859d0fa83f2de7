import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SealedRecord } from '@claviger/ports';
import { sealedStoreConformance } from '@claviger/ports/testing';
import { openSqliteSealedStore } from './store.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'claviger-sealed-'));

sealedStoreConformance('SQLite', async () => {
  const folder = newFolder();
  const path = join(folder, 'sealed.db');
  let store = openSqliteSealedStore({ path });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = openSqliteSealedStore({ path });
      return store;
    },
    dispose: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

/** A record whose every 16 bytes can be told from those of any other. */
function sample(i: number, blobLength: number): SealedRecord {
  return {
    reference: `0198a000-0000-8000-8000-${((i * 2654435761) >>> 0).toString(16).padStart(12, '0')}`,
    kind: 'material',
    wrappedKey: marked(i, 0x57, 73),
    blob: marked(i, 0x42, blobLength),
    about: JSON.stringify({ keyId: i, padding: 'x'.repeat((i * 37) % 300) }),
  };
}

function marked(i: number, tag: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(Math.ceil(length / 16) * 16);
  for (let at = 0; at < bytes.length; at += 16) {
    bytes.writeUInt8(tag, at);
    bytes.writeUInt32LE((i * 2246822519) >>> 0, at + 1);
    bytes.writeUInt32LE(((i + 1) * 3266489917) >>> 0, at + 5);
    bytes.writeUInt32LE(at, at + 9);
    bytes.writeUInt8(0xa5, at + 15);
  }
  return bytes.subarray(0, length);
}

describe('SqliteSealedStore', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = newFolder();
    path = join(folder, 'private', 'sealed.db');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Everything that lies on disk for this store. */
  const raw = (): Buffer =>
    Buffer.concat(
      ['', '-wal', '-shm', '-journal'].map((end) =>
        existsSync(path + end) ? readFileSync(path + end) : Buffer.alloc(0),
      ),
    );

  it('leaves no byte of a destroyed record in the file or its log once destroy has returned', async () => {
    const store = openSqliteSealedStore({ path });
    const records = [40, 300, 9000].map((length, i) => sample(i, length));
    for (const record of records) await store.putIfAbsent(record);
    // More than one page of neighbours: the tree grows a level, and what lay in its first page is copied into another.
    await Promise.all(Array.from({ length: 60 }, (_, i) => store.putIfAbsent(sample(100 + i, 150))));
    for (const record of records) expect(raw().includes(record.blob.subarray(0, 32))).toBe(true);
    for (const record of records) await store.destroy(record.reference);
    for (const { blob, wrappedKey } of records) {
      for (const bytes of [blob, wrappedKey]) {
        for (let at = 0; at + 16 <= bytes.length; at += 16)
          expect(raw().includes(bytes.subarray(at, at + 16))).toBe(false);
      }
    }
    await store.close();
  });

  it('leaves none of many destroyed records, whatever pages were split or overflowed meanwhile', async () => {
    const store = openSqliteSealedStore({ path });
    const lengths = [40, 72, 72, 160, 200, 900, 2500];
    const records = Array.from({ length: 1500 }, (_, i) =>
      sample(i, lengths[(i * 5 + (i >> 3)) % lengths.length] ?? 40),
    );
    const doomed = records.filter((_, i) => (i * 7) % 5 < 2);
    for (let i = 0; i < records.length; i += 100) {
      const group = records.slice(i, i + 100);
      await Promise.all(group.map((record) => store.putIfAbsent(record)));
      const early = group.filter((record, at) => at % 10 === 0 && doomed.includes(record));
      await Promise.all(early.map((record) => store.destroy(record.reference)));
    }
    await Promise.all(doomed.map((record) => store.destroy(record.reference)));
    const found = marks(raw());
    expect(doomed.filter((record) => found.has(markOf(record.blob)) || found.has(markOf(record.wrappedKey)))).toEqual(
      [],
    );
    const kept = records.filter((record) => !doomed.includes(record));
    expect(kept.filter((record) => !found.has(markOf(record.blob)))).toEqual([]);
    for (const record of kept)
      expect(Buffer.from((await store.get(record.reference))?.blob ?? []).equals(record.blob)).toBe(true);
    await store.close();
  });

  it('leaves no byte of a wrapped key in the file or its log once it was replaced', async () => {
    const store = openSqliteSealedStore({ path });
    const records = Array.from({ length: 40 }, (_, i) => sample(i, 150));
    await Promise.all(records.map((record) => store.putIfAbsent(record)));
    const next = (i: number): Uint8Array => marked(1000 + i, 0x4e, 73);
    await Promise.all(
      records.map((record, i) => store.replaceWrappedKey(record.reference, record.wrappedKey, next(i))),
    );
    const found = marks(raw());
    expect(records.filter((record) => found.has(markOf(record.wrappedKey)))).toEqual([]);
    expect(records.filter((record) => !found.has(markOf(record.blob)))).toEqual([]);
    for (const [i, record] of records.entries())
      expect(Buffer.from((await store.get(record.reference))?.wrappedKey ?? []).equals(next(i))).toBe(true);
    await store.close();
  });

  it('finishes at the next start an erasure that a crash cut short', async () => {
    const store = openSqliteSealedStore({ path });
    const record = sample(1, 200);
    await store.putIfAbsent(record);
    // What a process does that dies between commit and checkpoint, seen from a second one.
    const crashed = new DatabaseSync(path);
    crashed.exec('PRAGMA wal_autocheckpoint = 0');
    crashed
      .prepare(
        'UPDATE sealed SET destroyed = 1, wrapped_key = zeroblob(length(wrapped_key)), blob = zeroblob(length(blob))',
      )
      .run();
    expect(raw().includes(record.blob.subarray(0, 32))).toBe(true);
    const again = openSqliteSealedStore({ path });
    expect(raw().includes(record.blob.subarray(0, 32))).toBe(false);
    expect(await again.get(record.reference)).toBeUndefined();
    crashed.close();
    await store.close();
    await again.close();
  });

  it('does not claim an erasure while another process still reads the old record, and completes it when asked again', async () => {
    const store = openSqliteSealedStore({ path });
    const record = sample(1, 200);
    await store.putIfAbsent(record);
    const reader = new DatabaseSync(path, { readOnly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM sealed').get();
    await expect(store.destroy(record.reference)).rejects.toMatchObject({
      name: 'SealedStoreUnavailable',
      reason: 'busy',
    });
    expect(await store.get(record.reference)).toBeUndefined();
    reader.exec('COMMIT');
    reader.close();
    await store.destroy(record.reference);
    expect(raw().includes(record.blob.subarray(0, 32))).toBe(false);
    await store.close();
  });

  it('makes files that only their owner can read, and takes the rights of others away from an existing one', async () => {
    const store = openSqliteSealedStore({ path });
    await store.putIfAbsent(sample(1, 100));
    expect(statSync(join(folder, 'private')).mode & 0o777).toBe(0o700);
    for (const end of ['', '-wal', '-shm']) expect(statSync(path + end).mode & 0o777).toBe(0o600);
    await store.close();
    chmodSync(path, 0o644);
    await openSqliteSealedStore({ path }).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('shares transactions among concurrent puts', async () => {
    const store = openSqliteSealedStore({ path });
    await store.putIfAbsent(sample(0, 50));
    const before = walFrames(path);
    await Promise.all(Array.from({ length: 64 }, (_, i) => store.putIfAbsent(sample(i + 1, 50))));
    // Each transaction writes at least one page of each of table and two indexes: one by one there were 192.
    expect(walFrames(path) - before).toBeLessThan(64);
    await store.close();
  });

  it('says that the disk is full, keeps what it has, and goes on when there is room again', async () => {
    const small = openSqliteSealedStore({ path, maxBytes: 64 * 1024 });
    await small.putIfAbsent(sample(1, 100));
    await expect(small.putIfAbsent(sample(2, 200_000))).rejects.toMatchObject({
      name: 'SealedStoreUnavailable',
      reason: 'full',
    });
    expect(await small.get(sample(1, 100).reference)).toBeDefined();
    expect(await small.get(sample(2, 1).reference)).toBeUndefined();
    await small.putIfAbsent(sample(3, 100));
    await small.destroy(sample(1, 100).reference);
    await small.close();
    const roomy = openSqliteSealedStore({ path });
    expect((await roomy.putIfAbsent(sample(2, 200_000))).blob).toHaveLength(200_000);
    await roomy.close();
  });

  it('refuses every caller of a transaction that could not be written', async () => {
    const small = openSqliteSealedStore({ path, maxBytes: 64 * 1024 });
    const answers = await Promise.allSettled([
      small.putIfAbsent(sample(1, 100)),
      small.putIfAbsent(sample(2, 200_000)),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual(['rejected', 'rejected']);
    expect(await small.list('material', '', 10)).toEqual([]);
    await small.close();
  });

  it.each([
    [
      'no database',
      () => writeFileSync(path, 'a text that is long enough to be told from an empty file, and no database'),
    ],
    ['another program’s database', () => new DatabaseSync(path).exec('CREATE TABLE other (a)')],
    ['a store of a newer version', () => new DatabaseSync(path).exec('PRAGMA user_version = 99')],
  ])('refuses a file that is %s, and names it', async (_, change) => {
    await openSqliteSealedStore({ path }).close();
    if (_.startsWith('another')) rmSync(path);
    change();
    const error = refusal(path);
    expect(error).toMatchObject({ name: 'SealedStoreUnavailable', reason: 'damaged' });
    expect(String(error)).toContain(path);
  });

  it('says so when its folder cannot be made', () => {
    writeFileSync(join(folder, 'private'), 'a file in the way');
    expect(refusal(path)).toMatchObject({ name: 'SealedStoreUnavailable', reason: 'io' });
  });
});

/** What is thrown when the store is opened. */
function refusal(path: string): unknown {
  try {
    openSqliteSealedStore({ path });
  } catch (error) {
    return error;
  }
  throw new Error('was not refused');
}

/** What follows each sample's tag byte: tells one record from the others. */
function markOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 9)).toString('latin1');
}

/** All nine-byte windows that look like the beginning of a mark; one pass over the file instead of one per record. */
function marks(file: Buffer): ReadonlySet<string> {
  const found = new Set<string>();
  for (let at = 0; at + 9 <= file.length; at++) {
    if (file[at] === 0x57 || file[at] === 0x42) found.add(file.toString('latin1', at, at + 9));
  }
  return found;
}

/** Pages in the log: its length after a header of 32 bytes, each page of 4096 with a header of 24 (sqlite.org/walformat.html). */
function walFrames(path: string): number {
  return (statSync(`${path}-wal`).size - 32) / (4096 + 24);
}
