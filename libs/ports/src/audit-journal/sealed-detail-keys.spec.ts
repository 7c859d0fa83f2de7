import { randomBytes } from 'node:crypto';
import { InMemorySeal } from '../seal/in-memory.js';
import { InMemorySealedStore, type SealedShelf } from '../sealed-store/in-memory.js';
import { SealedSecrets } from '../sealed-store/sealed-secrets.js';
import type { DetailKey } from './detail-keys.js';
import { SealedDetailKeys } from './sealed-detail-keys.js';

const A = '111111111111';
const NOVEMBER = '2026-11';

describe('detail keys in the sealed store', () => {
  let shelf: SealedShelf;
  let seal: InMemorySeal;

  beforeEach(() => {
    shelf = new Map();
    seal = new InMemorySeal(randomBytes);
  });

  /** As a process that was just started. */
  const started = (): SealedDetailKeys =>
    new SealedDetailKeys(new SealedSecrets(new InMemorySealedStore(shelf), seal, randomBytes), randomBytes);
  const bytes = (key: DetailKey | undefined): Uint8Array | undefined => key?.key.unsafeExportBytes();

  it('are one per account and month, the same after a restart', async () => {
    const keys = started();
    expect(keys.cached(A, NOVEMBER)).toBeUndefined();
    const key = await keys.forWriting(A, NOVEMBER);
    expect(keys.cached(A, NOVEMBER)).toBe(key);
    expect(await keys.forWriting(A, NOVEMBER)).toBe(key);
    expect(bytes(await started().forWriting(A, NOVEMBER))).toEqual(bytes(key));
    for (const [account, month] of [
      ['222222222222', NOVEMBER],
      [A, '2026-12'],
    ] as const) {
      expect(bytes(await keys.forWriting(account, month))).not.toEqual(bytes(key));
    }
  });

  it('are one although many callers need the first one at the same time', async () => {
    const keys = started();
    const made = await Promise.all(Array.from({ length: 10 }, () => keys.forWriting(A, NOVEMBER)));
    expect(new Set(made).size).toBe(1);
    expect(shelf.size).toBe(1);
  });

  it('open what an earlier process sealed', async () => {
    const { generation, key } = await started().forWriting(A, NOVEMBER);
    const read = await started().forReading(A, NOVEMBER, generation);
    expect(read?.unsafeExportBytes()).toEqual(key.unsafeExportBytes());
    expect(await started().forReading(A, NOVEMBER, generation + 1)).toBeUndefined();
  });

  it('are gone for every process once they are erased; the month goes on under the next generation', async () => {
    const keys = started();
    const { generation, key } = await keys.forWriting(A, NOVEMBER);
    await keys.erase(A, NOVEMBER);
    expect(() => key.unsafeExportBytes()).toThrow('wiped');
    expect(keys.cached(A, NOVEMBER)).toBeUndefined();
    for (const one of [keys, started()]) expect(await one.forReading(A, NOVEMBER, generation)).toBeUndefined();
    const next = await keys.forWriting(A, NOVEMBER);
    expect(next.generation).toBeGreaterThan(generation);
    expect(bytes(await started().forWriting(A, NOVEMBER))).toEqual(bytes(next));
    await keys.erase(A, NOVEMBER);
    expect(await started().forReading(A, NOVEMBER, next.generation)).toBeUndefined();
  });

  it('are erased also by a process that never used them', async () => {
    const { generation } = await started().forWriting(A, NOVEMBER);
    await started().erase(A, NOVEMBER);
    expect(await started().forReading(A, NOVEMBER, generation)).toBeUndefined();
    expect((await started().forWriting(A, NOVEMBER)).generation).toBeGreaterThan(generation);
  });

  it('stay erased when they are erased again', async () => {
    const keys = started();
    await keys.forWriting(A, NOVEMBER);
    await keys.erase(A, NOVEMBER);
    const { size } = shelf;
    await keys.erase(A, NOVEMBER);
    expect(shelf.size).toBe(size);
  });
});
