import { canonicalJson, HmacSha256, type Json, uuidV5 } from '@claviger/crypto';
import { type KeyEvent, keyStream } from '@claviger/domain';
import { InMemoryMetrics, JsonLogger, SystemClock } from '@claviger/platform';
import { AuthenticatedEventStore, type EventStore, InMemoryEventStore } from '@claviger/ports';
import { keyCreated, rotated, SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { KeyState } from './key-state.js';

const KEY = new HmacSha256(Buffer.alloc(32, 7));
const id = (n: number): string => `0b6f1f8e-3a52-4c0f-9d2e-${n.toString(16).padStart(12, '0')}`;
const stream = (n: number): string => keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, id(n));
/** What a later version of the service may write. */
const DESCRIBED = { type: 'KeyDescribed', data: { words: 3 } };

/** Stops in the middle of a look at a stream, until it is let go. */
class Slow extends InMemoryEventStore {
  private held: PromiseWithResolvers<void> | undefined;
  arrived = Promise.withResolvers<void>();

  hold(): () => void {
    const held = Promise.withResolvers<void>();
    this.held = held;
    return () => held.resolve();
  }

  override async readStream(
    ...args: Parameters<InMemoryEventStore['readStream']>
  ): ReturnType<InMemoryEventStore['readStream']> {
    const events = await super.readStream(...args);
    const { held } = this;
    if (held !== undefined && args[0] === stream(1)) {
      this.held = undefined;
      this.arrived.resolve();
      await held.promise;
    }
    return events;
  }
}

describe('the key state, when a newer version of the service writes to the store', () => {
  let folder: string;
  let log: string[];
  let inner: Slow;
  let store: EventStore;
  let metrics: InMemoryMetrics;
  let state: KeyState;
  const more: KeyState[] = [];

  const opened = (file = 'state.db'): KeyState | undefined => {
    const clock = new SystemClock();
    metrics = new InMemoryMetrics();
    const logger = new JsonLogger({ clock, level: 'info', sink: (line) => void log.push(line) });
    return KeyState.open({ path: join(folder, file), macKey: KEY, store, clock, logger, metrics, cachedKeys: 100 });
  };
  const open = async (file?: string): Promise<KeyState> => {
    const made = opened(file);
    if (made === undefined) throw new Error('the file was not accepted');
    more.push(made);
    await made.start();
    return made;
  };
  const append = (n: number, revision: number, events: readonly { type: string; data: unknown }[], schemaVersion = 1) =>
    store.append(
      stream(n),
      revision,
      events.map(({ type, data }, index) => ({
        id: uuidV5(id(n), `${revision + index}`),
        type,
        schemaVersion,
        data: canonicalJson(data as Json),
        metadata: canonicalJson({ occurredAt: '2026-01-15T12:00:00.000Z', commandId: id(n), requestId: 'r' }),
        mac: new Uint8Array(),
      })),
    );
  const created = (n: number): KeyEvent => keyCreated({ keyId: id(n) });
  const key = (n: number, of = state) => of.key(SAMPLE_ACCOUNT, SAMPLE_REGION, id(n));
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const metric = (name: string): string | undefined =>
    metrics
      .render()
      .split('\n')
      .find((line) => line.startsWith(`${name} `));
  const inFile = (sql: string): void => {
    const db = new DatabaseSync(join(folder, 'state.db'));
    db.exec(sql);
    db.close();
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-newer-'));
    log = [];
    inner = new Slow();
    store = new AuthenticatedEventStore(inner, KEY);
    state = await open();
    await append(1, -1, [created(1)]);
    await append(2, -1, [created(2)]);
    await state.toHead();
  });
  afterEach(async () => {
    for (const one of more.splice(0)) await one.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['a type', DESCRIBED, 1],
    ['a schemaVersion', rotated(2, 1)[0] ?? DESCRIBED, 99],
  ])(
    'puts the one key out of use whose stream has %s that it does not know, and names it',
    async (_, event, version) => {
      await append(1, 0, [event], version);
      await state.toHead();
      await expect(key(1)).rejects.toMatchObject({ name: 'StreamUnavailable', newer: true });
      expect((await key(2))?.attributes.keyId).toBe(id(2));
      expect([state.newer(), metric('claviger_newer_streams')]).toEqual([[stream(1)], 'claviger_newer_streams 1']);
      // It is no forgery, and no alarm of one.
      expect(metric('claviger_integrity_alerts_total')).not.toBe('claviger_integrity_alerts_total 1');
      expect(log.filter((line) => line.includes('ALERT'))).toEqual([
        expect.stringContaining('changed by a newer version of the service'),
      ]);
    },
  );

  it('passes over what follows, also what it knows, and still tells a forgery', async () => {
    await append(1, 0, [DESCRIBED]);
    await append(1, 1, [...rotated(2, 1)]);
    await state.toHead();
    await expect(key(1)).rejects.toMatchObject({ newer: true });
    expect(state.heads.get(stream(1))?.revision).toBe(3);
    state.condemn(stream(1), 'event 2 does not verify');
    await expect(key(1)).rejects.toMatchObject({ newer: false });
    expect(metric('claviger_integrity_alerts_total')).toBe('claviger_integrity_alerts_total 1');
    expect([state.newer(), metric('claviger_newer_streams')]).toEqual([[], 'claviger_newer_streams 0']);
  });

  it('agrees with every other version on the sum over the heads, so that an upgraded node believes its anchor', async () => {
    await append(1, 0, [DESCRIBED]);
    await state.toHead();
    const [position, sum] = [state.applied, hex(state.sum())];
    await append(1, 1, [DESCRIBED]);
    await append(2, 0, [...rotated(2, 1)]);
    await state.toHead();
    // Computed back, and folded anew: the same.
    expect(hex((await state.sumAt(position)) ?? new Uint8Array())).toBe(sum);
    const fresh = await open('fresh.db');
    expect(hex(fresh.sum())).toBe(hex(state.sum()));
  });

  it('remembers over a restart, and is built anew when the program knows the event by then', async () => {
    await append(1, 0, [DESCRIBED]);
    await state.toHead();
    await state.close();
    state = await open();
    await expect(key(1)).rejects.toMatchObject({ newer: true });
    expect(metric('claviger_newer_streams')).toBe('claviger_newer_streams 1');
    await state.close();
    // As if this program were the one that knows it.
    inFile("UPDATE faults SET newer_type='VersionRotated', newer_version=1");
    expect(opened()).toBeUndefined();
  });

  it('does not serve the state before that event to somebody who takes the note out of the file', async () => {
    await append(1, 0, [DESCRIBED]);
    await state.toHead();
    await state.close();
    inFile('DELETE FROM faults');
    state = await open();
    await expect(key(1)).rejects.toMatchObject({ name: 'StreamUnavailable' });
    expect((await key(2))?.attributes.keyId).toBe(id(2));
  });

  it('keeps nothing in memory of a key that is put out of use while it is looked at', async () => {
    await state.close();
    state = await open();
    const release = inner.hold();
    const looking = key(1);
    await inner.arrived.promise;
    await append(1, 0, [DESCRIBED]);
    await state.toHead();
    release();
    await expect(looking).rejects.toMatchObject({ name: 'StreamUnavailable' });
    expect(state.peek(id(1))).toBeUndefined();
  });

  it('goes on when an event of its own kind cannot even be read', async () => {
    await store.append(stream(1), 0, [
      {
        id: uuidV5(id(1), 'bad'),
        type: 'Disabled',
        schemaVersion: 1,
        data: '{',
        metadata: canonicalJson({ occurredAt: '2026-01-15T12:00:00.000Z' }),
        mac: new Uint8Array(),
      },
    ]);
    await append(2, 0, [...rotated(2, 1)]);
    await state.toHead();
    await expect(key(1)).rejects.toMatchObject({ newer: false });
    expect((await key(2))?.active?.version).toBe(2);
  });
});
