import { canonicalJson, HmacSha256, type Json, uuidV5 } from '@claviger/crypto';
import { type KeyEvent, keyStream } from '@claviger/domain';
import { InMemoryMetrics, JsonLogger, SystemClock } from '@claviger/platform';
import { AuthenticatedEventStore, type EventStore, InMemoryEventStore } from '@claviger/ports';
import { keyCreated, rotated, SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StreamUnavailable } from './fault.js';
import { KeyState } from './key-state.js';

const KEY = new HmacSha256(Buffer.alloc(32, 7));
const id = (n: number): string => `0b6f1f8e-3a52-4c0f-9d2e-${n.toString(16).padStart(12, '0')}`;
const stream = (n: number): string => keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, id(n));

let folder: string;
let log: string[];
const open = (store: EventStore, file = 'state.db'): KeyState => {
  const clock = new SystemClock();
  const logger = new JsonLogger({ clock, level: 'info', sink: (line) => void log.push(line) });
  const state = KeyState.open({
    path: join(folder, file),
    macKey: KEY,
    store,
    clock,
    logger,
    metrics: new InMemoryMetrics(),
    cachedKeys: 100,
  });
  if (state === undefined) throw new Error('the file was not accepted');
  return state;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-state-'));
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function append(store: EventStore, n: number, revision: number, ...events: readonly KeyEvent[]): Promise<void> {
  const metadata = canonicalJson({ occurredAt: '2026-01-15T12:00:00.000Z', commandId: id(n), requestId: 'r' });
  const prepared = events.map((event, index) => ({
    id: uuidV5(id(n), `${revision + index}`),
    type: event.type,
    schemaVersion: 1,
    data: canonicalJson(event.data as unknown as Json),
    metadata,
    mac: new Uint8Array(),
  }));
  await store.append(stream(n), revision, prepared);
}

/** A store whose content a test can change behind everybody's back. */
class Tampered extends InMemoryEventStore {
  data: string | undefined;
  override async readStream(
    ...args: Parameters<InMemoryEventStore['readStream']>
  ): ReturnType<InMemoryEventStore['readStream']> {
    const events = await super.readStream(...args);
    return events.map((event) =>
      this.data !== undefined && event.stream === stream(1) && event.revision === 0
        ? { ...event, data: this.data }
        : event,
    );
  }
}

describe('the key state', () => {
  it('follows the store: keys, versions, attributes, heads', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const state = open(store);
    await state.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1), description: 'first' }));
    await append(store, 1, 0, ...rotated(2, 1));
    await state.toHead();
    const entry = await state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(1));
    expect(entry?.attributes.description).toBe('first');
    expect(entry?.revision).toBe(2);
    expect(entry?.active?.version).toBe(2);
    expect(entry?.version(1)?.status).toBe('PENDING_RETIREMENT');
    expect(state.heads.get(stream(1))?.revision).toBe(2);
    await state.close();
    await store.close();
  });

  it('is there after a reopening, and goes on where it stood', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const before = open(store);
    await before.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1) }));
    await before.toHead();
    await before.close();
    await append(store, 1, 0, ...rotated(2, 1));
    const after = open(store);
    expect(after.applied).toBeGreaterThan(0n);
    await after.start();
    expect((await after.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(1)))?.active?.version).toBe(2);
    await after.close();
    await store.close();
  });

  it('is there after a reopening with more streams than it reads at a time, and adds up', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const before = open(store);
    const numbers = Array.from({ length: 2_001 }, (_, n) => n);
    await Promise.all(numbers.map((n) => append(store, n, -1, keyCreated({ keyId: id(n) }))));
    await before.start();
    const sum = before.sum();
    await before.close();
    const after = open(store);
    expect(after.heads.size).toBe(numbers.length);
    expect(after.sum()).toEqual(sum);
    await after.close();
    await store.close();
  });

  it('lists a key under the spec that a rotation gave it', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const state = open(store);
    await state.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1) }));
    const events = rotated(2, 1).map(
      (event): KeyEvent =>
        event.type === 'VersionRotated' && event.data.material !== null
          ? { ...event, data: { ...event.data, material: { ...event.data.material, spec: 'AES_128' } } }
          : event,
    );
    await append(store, 1, 0, ...events);
    await state.toHead();
    const filter = { account: SAMPLE_ACCOUNT, region: SAMPLE_REGION };
    expect(state.listKeys({ ...filter, spec: 'AES_128' }, '', 10).items).toHaveLength(1);
    await state.close();
    await store.close();
  });

  it('does not find a key in another account or Region', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const state = open(store);
    await state.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1) }));
    await state.toHead();
    expect(await state.key('111111111111', SAMPLE_REGION, id(1))).toBeUndefined();
    expect(await state.key(SAMPLE_ACCOUNT, 'eu-west-1', id(1))).toBeUndefined();
    await state.close();
    await store.close();
  });

  it('fails closed for the one key whose row was changed in the file, and alerts', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const first = open(store);
    await first.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1) }));
    await append(store, 2, -1, keyCreated({ keyId: id(2) }));
    await first.toHead();
    await first.close();
    const db = new DatabaseSync(join(folder, 'state.db'));
    db.exec(`UPDATE keys SET body=replace(body, '"disabled":false', '"disabled":true') WHERE key_id='${id(1)}'`);
    db.close();
    const state = open(store);
    await state.start();
    await expect(state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(1))).rejects.toThrow(StreamUnavailable);
    expect((await state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(2)))?.attributes.keyId).toBe(id(2));
    expect(log.filter((line) => line.includes('ALERT'))).toHaveLength(1);
    await state.close();
    await store.close();
  });

  it('fails closed for the one key of which an event was changed in the store', async () => {
    const inner = new Tampered();
    const store = new AuthenticatedEventStore(inner, KEY);
    const first = open(store);
    await first.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1) }));
    await append(store, 2, -1, keyCreated({ keyId: id(2) }));
    await first.toHead();
    await first.close();
    inner.data = canonicalJson(keyCreated({ keyId: id(1), purgeProtection: true }).data as unknown as Json);
    const state = open(new AuthenticatedEventStore(inner, KEY));
    await state.start();
    await expect(state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(1))).rejects.toThrow(StreamUnavailable);
    expect(await state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(2))).toBeDefined();
    await state.close();
    await store.close();
  });

  it('is not accepted when a head was removed from the file: the sum tells', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const first = open(store);
    await first.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1) }));
    await append(store, 2, -1, keyCreated({ keyId: id(2) }));
    await first.toHead();
    await first.close();
    const db = new DatabaseSync(join(folder, 'state.db'));
    db.exec(`DELETE FROM heads WHERE stream='${stream(1)}'`);
    db.close();
    expect(() => open(store)).toThrow('not accepted');
    await store.close();
  });

  it('computes the sum of an earlier position back from now', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const state = open(store);
    await state.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1) }));
    await state.toHead();
    const [position, sum] = [state.applied, state.sum()];
    await append(store, 1, 0, ...rotated(2, 1));
    await append(store, 2, -1, keyCreated({ keyId: id(2) }));
    await state.toHead();
    expect(state.sum()).not.toEqual(sum);
    expect(Buffer.from((await state.sumAt(position)) ?? [])).toEqual(Buffer.from(sum));
    expect(await state.sumAt(state.applied + 100n)).toBeUndefined();
    await state.close();
    await store.close();
  });

  it.each(['readAll', 'readStream'] as const)(
    'computes the sum of an earlier position while other nodes write, also between the answers of %s',
    async (read) => {
      const memory = new InMemoryEventStore();
      const store = new AuthenticatedEventStore(memory, KEY);
      const state = open(store);
      await state.start();
      await append(store, 1, -1, keyCreated({ keyId: id(1) }));
      await state.toHead();
      const [position, sum] = [state.applied, state.sum()];
      await append(store, 1, 0, ...rotated(2, 1));
      await state.toHead();
      let revision = 2;
      const answer = store[read].bind(store) as (...args: readonly unknown[]) => Promise<never>;
      store[read] = async (...args: readonly unknown[]) => {
        const answered = await answer(...args);
        // Both are in before the caller goes on: a stream that had moved already, and a new one.
        if (revision < 8) {
          await append(store, 1, revision, ...rotated(revision / 2 + 2, revision / 2 + 1));
          await append(store, revision + 1, -1, keyCreated({ keyId: id(revision + 1) }));
          revision += 2;
          await state.reached(await memory.head());
        }
        return answered;
      };
      expect(Buffer.from((await state.sumAt(position)) ?? [])).toEqual(Buffer.from(sum));
      expect(revision).toBeGreaterThan(2);
      await state.close();
      await store.close();
    },
  );

  it('writes two version rows for a rotation, however many versions there are', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const state = open(store);
    await state.start();
    await append(store, 1, -1, keyCreated({ keyId: id(1) }));
    for (let version = 2; version <= 40; version += 1)
      await append(store, 1, 2 * version - 4, ...rotated(version, version - 1));
    await state.toHead();
    const entry = await state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(1));
    expect(entry?.active?.version).toBe(40);
    if (entry === undefined) throw new Error('no entry');
    expect((await state.versions(entry)).map(({ version }) => version)).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    await state.close();
    await store.close();
  });

  it('is rebuilt from the events while it serves, and agrees with what it was', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const state = open(store);
    await state.start();
    for (let n = 1; n <= 30; n += 1) await append(store, n, -1, keyCreated({ keyId: id(n) }));
    await append(store, 3, 0, ...rotated(2, 1));
    await state.toHead();
    const before = Buffer.from(state.sum()).toString('hex');
    const db = new DatabaseSync(join(folder, 'state.db'));
    db.exec(`UPDATE keys SET body='{}' WHERE key_id='${id(3)}'`);
    db.close();
    state.distrust();
    await expect(state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(3))).rejects.toThrow(StreamUnavailable);
    const seen: bigint[] = [];
    await state.rebuild(join(folder, 'scratch.db'), (position) => void seen.push(position));
    expect(seen.length).toBeGreaterThan(0);
    expect(Buffer.from(state.sum()).toString('hex')).toBe(before);
    expect((await state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(3)))?.active?.version).toBe(2);
    await append(store, 3, 2, ...rotated(3, 2));
    await state.toHead();
    expect((await state.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(3)))?.active?.version).toBe(3);
    await state.close();
    await store.close();
  });

  it('pages through the keys of one account and Region, each once', async () => {
    const store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
    const state = open(store);
    await state.start();
    for (let n = 1; n <= 25; n += 1) {
      await append(store, n, -1, keyCreated({ keyId: id(n), environment: n % 2 === 0 ? 'prod' : 'dev' }));
    }
    await state.toHead();
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page = state.listKeys({ account: SAMPLE_ACCOUNT, region: SAMPLE_REGION }, after, 7);
      seen.push(...page.items.map(({ attributes }) => attributes.keyId));
      after = page.next;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => id(i + 1)));
    expect(
      state.listKeys({ account: SAMPLE_ACCOUNT, region: SAMPLE_REGION, environment: 'prod' }, '', 100).items,
    ).toHaveLength(12);
    await state.close();
    await store.close();
  });
});
