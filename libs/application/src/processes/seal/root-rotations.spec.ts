import { randomBytes } from 'node:crypto';
import { SecretBytes } from '@claviger/crypto';
import { JsonLogger } from '@claviger/platform';
import {
  InMemorySeal,
  InMemorySealedStore,
  type RootShelf,
  SealedSecrets,
  SealedStoreUnavailable,
} from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { RootRotations } from './root-rotations.js';

const SETTLE_MS = 60_000;
const referenceOf = (i: number): string => `0198a000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`;

describe('the exchange of the root key beside the calls', () => {
  let clock: FakeClock;
  let shelf: RootShelf;
  let store: InMemorySealedStore;
  let seal: InMemorySeal;
  let lines: string[];
  let rotations: RootRotations;
  const opened: RootRotations[] = [];

  /** As in another process, or after a restart. */
  function process(under = new InMemorySeal(randomBytes, shelf)): RootRotations {
    const logger = new JsonLogger({ clock, level: 'info', sink: (line) => lines.push(line) });
    const made = new RootRotations({ seal: under, store, elsewhere: [], clock, logger, settleMs: SETTLE_MS });
    opened.push(made);
    return made;
  }

  /** Passes end on turns of the event loop. */
  async function until(wanted: string, one = rotations): Promise<void> {
    for (let tries = 0; one.status().step !== wanted; tries += 1) {
      if (tries > 1_000) throw new Error(`is ${JSON.stringify(one.status())}, not ${wanted}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  beforeEach(async () => {
    clock = new FakeClock();
    shelf = { current: randomBytes(32) };
    store = new InMemorySealedStore();
    seal = new InMemorySeal(randomBytes, shelf);
    lines = [];
    const secrets = new SealedSecrets(store, seal, randomBytes);
    for (let i = 0; i < 5; i += 1) {
      await secrets.create(referenceOf(i), 'material', {}, SecretBytes.take(randomBytes(32)));
    }
    rotations = process(seal);
    rotations.start(true);
  });

  afterEach(async () => {
    for (const one of opened.splice(0)) await one.stop();
  });

  it('is begun by an operator, goes on by itself, and tells how far it is', async () => {
    expect(rotations.status()).toMatchObject({ step: 'none', from: null });
    const begun = await rotations.begin([]);
    expect(begun).toMatchObject({ step: 'running', from: expect.any(String), to: expect.any(String) });
    await until('settling');
    expect(rotations.status()).toMatchObject({ done: 5, of: 5, settledAt: clock.now() + SETTLE_MS });
    clock.advance(SETTLE_MS);
    await until('finished');
    expect(rotations.status()).toMatchObject({ from: begun.from, to: begun.to, unreadable: [] });
    expect(shelf.previous).toBeUndefined();
  });

  it('joins the one under way when it is asked for again', async () => {
    const { to } = await rotations.begin([]);
    await until('settling');
    expect(await rotations.begin([])).toMatchObject({ to });
  });

  it('goes on with a change that a former process has begun, where it is one that drives', async () => {
    await seal.beginRootChange(clock.now());
    const [api, worker] = [process(), process()];
    api.start(false);
    worker.start(true);
    await until('settling', worker);
    expect(api.status()).toMatchObject({ step: 'running', done: 0 });
    clock.advance(SETTLE_MS);
    await until('finished', worker);
    expect(shelf.previous).toBeUndefined();
  });

  it('sees within seconds that another process has begun a change', async () => {
    const other = process();
    other.start(false);
    const { to } = await rotations.begin([]);
    expect(other.status().to).toBeNull();
    clock.advance(5_000);
    await until('running', other);
    expect(other.status().to).toBe(to);
  });

  it('begins a pass again that failed, and says why it did', async () => {
    const list = store.list.bind(store);
    store.list = async () => {
      throw new SealedStoreUnavailable('io', 'the cable');
    };
    await rotations.begin([]);
    await until('failed');
    expect(rotations.status().problem).toContain('the cable');
    store.list = list;
    clock.advance(30_000);
    await until('settling');
    expect(rotations.status().problem).toBeNull();
  });

  it('is held up by what opens under neither root key, until an operator gives it up', async () => {
    const record = await store.get(referenceOf(1));
    if (record === undefined) throw new Error('was not stored');
    const get = store.get.bind(store);
    store.get = async (reference) =>
      reference === referenceOf(1) ? { ...record, wrappedKey: new Uint8Array(73) } : get(reference);
    await rotations.begin([]);
    await until('held-up');
    expect(rotations.status()).toMatchObject({ unreadable: [referenceOf(1)] });
    clock.advance(SETTLE_MS);
    await until('held-up');
    await rotations.begin([referenceOf(1)]);
    await until('finished');
    expect(shelf.previous).toBeUndefined();
  });

  it('leaves a pass when the process ends, and another process does it anew', async () => {
    const get = store.get.bind(store);
    let stopped: Promise<void> | undefined;
    store.get = async (reference) => {
      stopped ??= rotations.stop();
      return get(reference);
    };
    await rotations.begin([]);
    while (stopped === undefined) await new Promise((resolve) => setImmediate(resolve));
    await stopped;
    expect(rotations.status().done).toBeLessThan(5);
    const later = process();
    later.start(true);
    await until('settling', later);
  });
});
