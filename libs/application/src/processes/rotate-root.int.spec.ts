import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharesSeal, openSharesSeal, type SharesSeal } from '@claviger/adapters/seal-shares';
import { openSqliteSealedStore } from '@claviger/adapters/sealed-store-sqlite';
import { SecretBytes } from '@claviger/crypto';
import { JsonLogger } from '@claviger/platform';
import {
  InMemorySealedStore,
  InMemorySeal,
  type RootShelf,
  SEALED_KINDS,
  type Seal,
  type SealedRecord,
  SealedSecrets,
  type SealedStore,
  sealedRecordContext,
} from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { RotateRoot, type RotateRootParts, type RootRotationState, type WrappedElsewhere } from './rotate-root.js';

const SETTLE_MS = 60_000;
const JOURNAL = 'the context of the journal';

class Killed extends Error {
  override readonly name = 'Killed';
}

/** Ends the run at its n-th call of a port: before it has an effect, or after, when nobody has learned of it. */
class Killer {
  calls = 0;
  constructor(
    private readonly at = Number.POSITIVE_INFINITY,
    private readonly when: 'before' | 'after' = 'before',
  ) {}

  over<T extends object>(port: T, methods: readonly (keyof T)[]): T {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        const call = (args: unknown[]): unknown => Reflect.apply(member, target, args);
        if (!methods.some((method) => method === property)) return (...args: unknown[]) => call(args);
        return async (...args: unknown[]) => {
          const hit = ++this.calls === this.at;
          if (this.calls > this.at || (hit && this.when === 'before')) throw new Killed();
          const result = await call(args);
          if (hit) throw new Killed();
          return result;
        };
      },
    });
  }
}

const referenceOf = (i: number): string => `0198a000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`;
const secretOf = (i: number): SecretBytes => SecretBytes.take(new Uint8Array(32).fill(i + 1));
const kindOf = (i: number): (typeof SEALED_KINDS)[number] => SEALED_KINDS[i % SEALED_KINDS.length] ?? 'material';

/** Begins a change, and does its first pass. */
async function started(process: RotateRoot): Promise<RootRotationState> {
  await process.begin();
  return process.resume();
}

describe('RotateRoot, killed at each of its steps, with shares and SQLite', () => {
  const RECORDS = 4;
  let folder: string;
  let shares: readonly SecretBytes[];
  let journalKey: { wrapped: Uint8Array };
  let clock: FakeClock;
  let store: SealedStore;
  const logger = new JsonLogger({ clock: new FakeClock(), level: 'error', sink: () => undefined });
  const at = (name: string): string => join(folder, name);

  const openSeal = async (file = 'root.seal'): Promise<SharesSeal> => {
    const seal = openSharesSeal({ path: at(file), dataFolder: at('data'), random: randomBytes });
    for (const share of shares.slice(0, 2)) await seal.unseal(share);
    return seal;
  };

  const elsewhere = (): WrappedElsewhere => ({
    name: 'journal key',
    context: JOURNAL,
    read: async () => journalKey.wrapped,
    replace: async (expected, next) => {
      if (Buffer.compare(journalKey.wrapped, expected) !== 0) return false;
      journalKey.wrapped = next;
      return true;
    },
  });

  const rotation = (seal: SharesSeal, killer = new Killer()): RotateRoot => {
    const parts: RotateRootParts = {
      seal: killer.over(seal, ['beginRootChange', 'rewrap', 'finishRootChange', 'refreshRoot']),
      store: killer.over(store, ['list', 'get', 'replaceWrappedKey']),
      elsewhere: [killer.over(elsewhere(), ['read', 'replace'])],
      clock,
      logger,
      settleMs: SETTLE_MS,
    };
    return new RotateRoot(parts);
  };

  /** Every secret opens, by a seal and a store that know nothing of what happened. */
  async function allOpen(): Promise<boolean> {
    const seal = await openSeal();
    const secrets = new SealedSecrets(store, seal, randomBytes);
    for (let i = 0; i < RECORDS; i++) {
      using secret = await secrets.open(referenceOf(i), kindOf(i), { i });
      if (secret?.equals(secretOf(i)) !== true) return false;
    }
    using journal = await seal.unwrap(journalKey.wrapped, JOURNAL);
    return journal?.equals(secretOf(99)) === true;
  }

  /** How many wrapped keys the seal of before still opens. */
  async function underOldRoot(): Promise<number> {
    const old = await openSeal('before.seal');
    const wrapped: [Uint8Array, string][] = [[journalKey.wrapped, JOURNAL]];
    for (let i = 0; i < RECORDS; i++) {
      const record = await store.get(referenceOf(i));
      if (record !== undefined) wrapped.push([record.wrappedKey, sealedRecordContext(referenceOf(i), kindOf(i))]);
    }
    const opened = await Promise.all(wrapped.map(([bytes, context]) => old.unwrap(bytes, context)));
    return opened.filter((key) => key !== undefined).length;
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-rotate-'));
    clock = new FakeClock();
    shares = await createSharesSeal(
      { shares: 3, threshold: 2 },
      { path: at('root.seal'), dataFolder: at('data'), random: randomBytes },
    );
    copyFileSync(at('root.seal'), at('before.seal'));
    store = openSqliteSealedStore({ path: at('data/sealed.db') });
    const seal = await openSeal();
    const secrets = new SealedSecrets(store, seal, randomBytes);
    for (let i = 0; i < RECORDS; i++) await secrets.create(referenceOf(i), kindOf(i), { i }, secretOf(i));
    journalKey = { wrapped: await seal.wrap(secretOf(99), JOURNAL) };
  });

  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** A whole change: begun, settled, finished. */
  async function wholeChange(seal: SharesSeal, killer?: Killer): Promise<RootRotationState> {
    const process = rotation(seal, killer);
    await started(process);
    clock.advance(SETTLE_MS);
    return process.resume();
  }

  it('re-wraps every record and what lies elsewhere, and forgets the old root key', async () => {
    const process = rotation(await openSeal());
    const first = await started(process);
    expect(first).toMatchObject({ state: 'settling', waitMs: SETTLE_MS, pass: { rewrapped: RECORDS + 1, current: 0 } });
    clock.advance(SETTLE_MS);
    expect(await process.resume()).toMatchObject({ state: 'finished', pass: { rewrapped: 0, current: RECORDS + 1 } });
    expect(await process.resume()).toEqual({ state: 'none' });
    expect(await allOpen()).toBe(true);
    expect(await underOldRoot()).toBe(0);
  });

  it('loses nothing wherever it is killed, before or after any call, and ends when it is resumed', async () => {
    const counting = new Killer();
    expect(await wholeChange(await openSeal(), counting)).toMatchObject({ state: 'finished' });
    expect(counting.calls).toBeGreaterThan(30);
    for (let call = 1; call <= counting.calls; call++) {
      for (const when of ['before', 'after'] as const) {
        copyFileSync(at('root.seal'), at('before.seal'));
        await expect(wholeChange(await openSeal(), new Killer(call, when))).rejects.toBeInstanceOf(Killed);
        await store.close();
        store = openSqliteSealedStore({ path: at('data/sealed.db') });
        expect(await allOpen()).toBe(true);
        const later = rotation(await openSeal());
        await later.resume();
        clock.advance(SETTLE_MS);
        await later.resume();
        expect(await later.resume()).toEqual({ state: 'none' });
        expect(await allOpen()).toBe(true);
        // Killed before the new root key was durable there was nothing to resume; else nothing is left under the old one.
        const begun = !(call === 1 && when === 'before');
        expect(await underOldRoot()).toBe(begun ? 0 : RECORDS + 1);
      }
    }
  }, 120_000);
});

describe('RotateRoot', () => {
  let shelf: RootShelf;
  let records: Map<string, SealedRecord | 'destroyed'>;
  let clock: FakeClock;
  let seal: InMemorySeal;
  let process: RotateRoot;
  const lines: string[] = [];

  const secrets = (under: Seal = seal): SealedSecrets =>
    new SealedSecrets(new InMemorySealedStore(records), under, randomBytes);
  const parts = (changes: Partial<RotateRootParts> = {}): RotateRootParts => ({
    seal,
    store: new InMemorySealedStore(records),
    elsewhere: [],
    clock,
    logger: new JsonLogger({ clock, level: 'error', sink: (line) => lines.push(line) }),
    settleMs: SETTLE_MS,
    ...changes,
  });

  beforeEach(() => {
    shelf = { current: randomBytes(32) };
    records = new Map();
    lines.length = 0;
    clock = new FakeClock();
    seal = new InMemorySeal(randomBytes, shelf);
    process = new RotateRoot(parts());
  });

  it('finds a record that was wrapped before it began and stored after its first pass', async () => {
    await secrets().create(referenceOf(1), 'material', {}, secretOf(1));
    const late = records.get(referenceOf(1));
    records.clear();
    await started(process);
    clock.advance(SETTLE_MS - 1);
    if (late !== undefined) records.set(referenceOf(1), late);
    clock.advance(1);
    expect(await process.resume()).toMatchObject({ state: 'finished', pass: { rewrapped: 1 } });
    expect((await secrets().open(referenceOf(1), 'material', {}))?.equals(secretOf(1))).toBe(true);
  });

  it('keeps the old root key until a change has settled, by a pass that began after that', async () => {
    await started(process);
    clock.advance(SETTLE_MS - 1);
    // The time passes during the pass: what was stored at its beginning may lie where it has been already.
    const slow = new InMemorySealedStore(records);
    const list = slow.list.bind(slow);
    slow.list = async (...args) => {
      clock.advance(10);
      return list(...args);
    };
    expect(await new RotateRoot(parts({ store: slow })).resume()).toMatchObject({ state: 'settling', waitMs: 1 });
    expect(shelf.previous).toBeDefined();
    expect(await process.resume()).toMatchObject({ state: 'finished' });
    expect(shelf.previous).toBeUndefined();
  });

  it('waits longer, never shorter, when the clock is set back', async () => {
    await started(process);
    const back = new FakeClock(clock.now() - 1_000);
    expect(await new RotateRoot(parts({ clock: back })).resume()).toMatchObject({
      state: 'settling',
      waitMs: SETTLE_MS + 1_000,
    });
  });

  it('is held up by a record that opens under neither root key, names it, and goes on once it was given up', async () => {
    await secrets().create(referenceOf(1), 'material', {}, secretOf(1));
    await secrets().create(referenceOf(2), 'material', {}, secretOf(2));
    const held = records.get(referenceOf(1));
    if (held === undefined || held === 'destroyed') throw new Error('was not stored');
    records.set(referenceOf(1), { ...held, wrappedKey: new Uint8Array(73) });
    await started(process);
    clock.advance(SETTLE_MS);
    expect(await process.resume()).toMatchObject({ state: 'held-up', unreadable: [referenceOf(1)] });
    expect(lines.join('')).toContain('ALERT');
    expect(shelf.previous).toBeDefined();
    expect(await process.resume([referenceOf(1)])).toMatchObject({ state: 'finished' });
    expect((await secrets().open(referenceOf(2), 'material', {}))?.equals(secretOf(2))).toBe(true);
  });

  it('passes over what is destroyed in the meantime, and re-wraps what another process has re-wrapped first', async () => {
    for (const i of [1, 2, 3]) await secrets().create(referenceOf(i), 'material', {}, secretOf(i));
    const other = new InMemorySeal(randomBytes, shelf);
    const store = new InMemorySealedStore(records);
    const get = store.get.bind(store);
    store.get = async (reference) => {
      const record = await get(reference);
      if (reference === referenceOf(1)) await store.destroy(reference);
      if (reference === referenceOf(2) && record !== undefined) {
        await other.refreshRoot();
        const next = await other.rewrap(record.wrappedKey, sealedRecordContext(reference, 'material'));
        if (next instanceof Uint8Array) await store.replaceWrappedKey(reference, record.wrappedKey, next);
      }
      return record;
    };
    const state = await started(new RotateRoot(parts({ store })));
    expect(state).toMatchObject({ state: 'settling', pass: { rewrapped: 1, current: 1 } });
  });

  it('goes through stores of many pages', async () => {
    for (let i = 0; i < 450; i++) await secrets().create(referenceOf(i), 'access-key', {}, secretOf(i % 200));
    expect(await started(process)).toMatchObject({ pass: { rewrapped: 450, current: 0 } });
  });

  it('does nothing when there is nothing to resume', async () => {
    expect(await process.resume()).toEqual({ state: 'none' });
    expect(shelf.previous).toBeUndefined();
  });
});
