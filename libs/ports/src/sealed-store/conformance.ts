import type { SealedKind, SealedRecord, SealedStore } from './contract.js';
import { ReferenceDestroyed, SealedStoreUnavailable } from './contract.js';

/** One store under test, over files or memory of its own. */
export interface SealedStoreHarness {
  readonly store: SealedStore;
  /** Closes the present store and opens another over the same files. */
  reopen(): Promise<SealedStore>;
  dispose(): Promise<void>;
}

/** What every {@link SealedStore} MUST do. */
export function sealedStoreConformance(name: string, make: () => Promise<SealedStoreHarness>): void {
  describe(`SealedStore conformance: ${name}`, () => {
    let harness: SealedStoreHarness;
    let store: SealedStore;

    beforeEach(async () => {
      harness = await make();
      store = harness.store;
    });

    afterEach(() => harness.dispose());

    it('returns the very bytes and text that were put', async () => {
      const record = sample(1);
      expect(plain(await store.putIfAbsent(record))).toEqual(plain(record));
      const held = await store.get(record.reference);
      expect(held && plain(held)).toEqual(plain(record));
    });

    it('knows nothing of a reference that was never put', async () => {
      expect(await store.get(referenceOf(9))).toBeUndefined();
    });

    it('keeps an empty blob apart from an absent record', async () => {
      await store.putIfAbsent({ ...sample(1), blob: new Uint8Array(0) });
      expect((await store.get(referenceOf(1)))?.blob).toHaveLength(0);
    });

    it('keeps the first record and returns it when another is put under the same reference', async () => {
      const first = sample(1);
      await store.putIfAbsent(first);
      const answer = await store.putIfAbsent({ ...sample(2), reference: first.reference, kind: 'access-key' });
      expect(plain(answer)).toEqual(plain(first));
      expect(plain((await store.get(first.reference)) ?? answer)).toEqual(plain(first));
    });

    it('gives one record to all who put under one reference at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 16 }, (_, i) => store.putIfAbsent({ ...sample(i), reference: referenceOf(7) })),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(plain(answer)))).size).toBe(1);
    });

    it('stores many records that are put at once', async () => {
      const records = Array.from({ length: 100 }, (_, i) => sample(i));
      await Promise.all(records.map((record) => store.putIfAbsent(record)));
      const held = await Promise.all(records.map((record) => store.get(record.reference)));
      expect(held.map((record) => record && plain(record))).toEqual(records.map(plain));
    });

    it('is not changed by what its callers do to the bytes they gave or got', async () => {
      const given = sample(1);
      const expected = plain(given);
      const got = await store.putIfAbsent(given);
      given.blob.fill(0xff);
      got.blob.fill(0xff);
      const read = await store.get(given.reference);
      expect(read && plain(read)).toEqual(expected);
      read?.wrappedKey.fill(0xff);
      const again = await store.get(given.reference);
      expect(again && plain(again)).toEqual(expected);
    });

    it('has everything again after it was reopened', async () => {
      await store.putIfAbsent(sample(1));
      await store.putIfAbsent(sample(2));
      await store.destroy(referenceOf(2));
      store = await harness.reopen();
      expect(plain((await store.get(referenceOf(1))) ?? sample(0))).toEqual(plain(sample(1)));
      expect(await store.get(referenceOf(2))).toBeUndefined();
      await expect(store.putIfAbsent(sample(2))).rejects.toBeInstanceOf(ReferenceDestroyed);
    });

    it('has no record any more once it was destroyed, however often', async () => {
      await store.putIfAbsent(sample(1));
      await store.destroy(referenceOf(1));
      await store.destroy(referenceOf(1));
      expect(await store.get(referenceOf(1))).toBeUndefined();
      expect(await store.list('material', '', 10)).toEqual([]);
    });

    it('never again takes a reference that was destroyed', async () => {
      await store.putIfAbsent(sample(1));
      await store.destroy(referenceOf(1));
      await expect(store.putIfAbsent(sample(1))).rejects.toBeInstanceOf(ReferenceDestroyed);
      expect(await store.get(referenceOf(1))).toBeUndefined();
    });

    it('never takes a reference that was destroyed before anything was put under it', async () => {
      await store.destroy(referenceOf(5));
      await expect(store.putIfAbsent(sample(5))).rejects.toBeInstanceOf(ReferenceDestroyed);
      store = await harness.reopen();
      await expect(store.putIfAbsent(sample(5))).rejects.toBeInstanceOf(ReferenceDestroyed);
    });

    it('refuses a destroyed reference without harm to the others that are put at once', async () => {
      await store.destroy(referenceOf(3));
      const answers = await Promise.allSettled([2, 3, 4].map((i) => store.putIfAbsent(sample(i))));
      expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await store.list('material', '', 10)).toEqual([referenceOf(2), referenceOf(4)]);
    });

    it('ends destroyed when a put and a destroy of one reference run at once', async () => {
      await Promise.allSettled([store.putIfAbsent(sample(1)), store.destroy(referenceOf(1))]);
      expect(await store.get(referenceOf(1))).toBeUndefined();
    });

    it('leaves the other records alone when one is destroyed', async () => {
      for (let i = 0; i < 20; i++) await store.putIfAbsent(sample(i));
      await Promise.all([3, 7, 11].map((i) => store.destroy(referenceOf(i))));
      for (let i = 0; i < 20; i++) {
        const held = await store.get(referenceOf(i));
        expect(held && plain(held)).toEqual([3, 7, 11].includes(i) ? undefined : plain(sample(i)));
      }
    });

    it('replaces a wrapped key and nothing else of the record, for good', async () => {
      await store.putIfAbsent(sample(1));
      await store.putIfAbsent(sample(2));
      expect(await store.replaceWrappedKey(referenceOf(1), sample(1).wrappedKey, wrapping(1))).toBe(true);
      const expected = [{ ...sample(1), wrappedKey: wrapping(1) }, sample(2)].map(plain);
      expect(await everything(store)).toEqual(expected);
      store = await harness.reopen();
      expect(await everything(store)).toEqual(expected);
    });

    it('says yes again when a replacement that was done is repeated', async () => {
      await store.putIfAbsent(sample(1));
      expect(await store.replaceWrappedKey(referenceOf(1), sample(1).wrappedKey, wrapping(1))).toBe(true);
      expect(await store.replaceWrappedKey(referenceOf(1), sample(1).wrappedKey, wrapping(1))).toBe(true);
    });

    it('replaces nothing when the wrapped key is another than the caller has read', async () => {
      await store.putIfAbsent(sample(1));
      expect(await store.replaceWrappedKey(referenceOf(1), wrapping(2), wrapping(1))).toBe(false);
      expect(await everything(store)).toEqual([plain(sample(1))]);
    });

    it('lets one of several concurrent replacements win', async () => {
      await store.putIfAbsent(sample(1));
      const nexts = Array.from({ length: 8 }, (_, i) => wrapping(i));
      const answers = await Promise.all(
        nexts.map((next) => store.replaceWrappedKey(referenceOf(1), sample(1).wrappedKey, next)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      const winner = nexts[answers.indexOf(true)] ?? wrapping(99);
      expect(await everything(store)).toEqual([plain({ ...sample(1), wrappedKey: winner })]);
    });

    it('replaces nothing of a record that was destroyed or never was', async () => {
      await store.putIfAbsent(sample(1));
      await store.destroy(referenceOf(1));
      for (const i of [1, 2]) {
        expect(await store.replaceWrappedKey(referenceOf(i), sample(i).wrappedKey, wrapping(i))).toBe(false);
        expect(await store.get(referenceOf(i))).toBeUndefined();
      }
      expect(await store.replaceWrappedKey(referenceOf(1), new Uint8Array(73), wrapping(1))).toBe(false);
    });

    it('refuses to replace a wrapped key by one of another length', async () => {
      await store.putIfAbsent(sample(1));
      const { wrappedKey } = sample(1);
      await expect(store.replaceWrappedKey(referenceOf(1), wrappedKey, new Uint8Array(74))).rejects.toBeInstanceOf(
        RangeError,
      );
    });

    it('is not changed by what a caller does to the bytes of a replacement', async () => {
      await store.putIfAbsent(sample(1));
      const next = wrapping(1);
      const running = store.replaceWrappedKey(referenceOf(1), sample(1).wrappedKey, next);
      next.fill(0);
      expect(await running).toBe(true);
      expect(await everything(store)).toEqual([plain({ ...sample(1), wrappedKey: wrapping(1) })]);
    });

    it('lists one kind in ascending order, page by page', async () => {
      for (const i of [5, 1, 4, 2, 3]) await store.putIfAbsent(sample(i));
      await store.putIfAbsent(sample(6, 'access-key'));
      expect(await store.list('material', '', 2)).toEqual([referenceOf(1), referenceOf(2)]);
      expect(await store.list('material', referenceOf(2), 2)).toEqual([referenceOf(3), referenceOf(4)]);
      expect(await store.list('material', referenceOf(4), 2)).toEqual([referenceOf(5)]);
      expect(await store.list('access-key', '', 2)).toEqual([referenceOf(6)]);
      expect(await store.list('detail-key', '', 2)).toEqual([]);
    });

    it.each(['', 'x', referenceOf(10).toUpperCase(), `${referenceOf(1)}0`])(
      'refuses the reference %j',
      async (reference) => {
        await expect(store.putIfAbsent({ ...sample(1), reference })).rejects.toBeInstanceOf(RangeError);
        await expect(store.get(reference)).rejects.toBeInstanceOf(RangeError);
        await expect(store.destroy(reference)).rejects.toBeInstanceOf(RangeError);
        await expect(store.replaceWrappedKey(reference, wrapping(1), wrapping(2))).rejects.toBeInstanceOf(RangeError);
      },
    );

    it('finishes what runs when it is closed, and refuses every later call', async () => {
      const running = store.putIfAbsent(sample(1));
      await store.close();
      await store.close();
      await expect(running).resolves.toBeDefined();
      for (const call of [
        () => store.putIfAbsent(sample(2)),
        () => store.get(referenceOf(1)),
        () => store.destroy(referenceOf(1)),
        () => store.replaceWrappedKey(referenceOf(1), wrapping(1), wrapping(2)),
        () => store.list('material', '', 1),
      ]) {
        await expect(call()).rejects.toMatchObject({ name: SealedStoreUnavailable.name, reason: 'closed' });
      }
    });
  });
}

function referenceOf(i: number): string {
  return `0198a000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`;
}

function sample(i: number, kind: SealedKind = 'material'): SealedRecord {
  return {
    reference: referenceOf(i),
    kind,
    wrappedKey: Uint8Array.from({ length: 73 }, (_, at) => (i * 7 + at) & 0xff),
    blob: Uint8Array.from({ length: 40 + i * 31 }, (_, at) => (i * 13 + at * 5) & 0xff),
    about: JSON.stringify({ number: i, name: 'ключ' }),
  };
}

/** A wrapped key of the samples' length that none of them has. */
function wrapping(i: number): Uint8Array {
  return new Uint8Array(73).fill(0xe0 + i);
}

async function everything(store: SealedStore): Promise<readonly Record<string, string>[]> {
  const references = await store.list('material', '', 100);
  const records = await Promise.all(references.map((reference) => store.get(reference)));
  return records.flatMap((record) => (record === undefined ? [] : [plain(record)]));
}

/** In a form that compares alike whatever kind of byte array a store returns. */
function plain(record: SealedRecord): Record<string, string> {
  return {
    reference: record.reference,
    kind: record.kind,
    wrappedKey: Buffer.from(record.wrappedKey).toString('hex'),
    blob: Buffer.from(record.blob).toString('hex'),
    about: record.about,
  };
}
