import { createSecretKey } from 'node:crypto';
import { type CachedKey, KeyCache } from './key-cache.js';

const key = createSecretKey(Buffer.alloc(32));
const entry = (reference: string, keyId = 'k'): CachedKey => ({
  material: { reference, keyId, version: 1, spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT' },
  key,
});

describe('KeyCache', () => {
  it('never holds more than its bound, whatever order keys come in', () => {
    const cache = new KeyCache(10);
    for (let i = 0; i < 1000; i++) {
      cache.set(entry(String((i * 7) % 101)));
      cache.get(String((i * 3) % 101));
      expect(cache.size).toBeLessThanOrEqual(10);
    }
  });

  it('keeps a key that is used all the time', () => {
    const cache = new KeyCache(10);
    cache.set(entry('hot'));
    for (let i = 0; i < 100; i++) {
      cache.set(entry(String(i)));
      expect(cache.get('hot')).toBeDefined();
    }
    expect(cache.get('0')).toBeUndefined();
  });

  it('drops an entry, or all of one key, from both generations', () => {
    const cache = new KeyCache(4);
    for (const [reference, keyId] of [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'a'],
      ['4', 'b'],
    ] as const)
      cache.set(entry(reference, keyId));
    cache.get('1'); // now it may lie in both
    cache.drop('1');
    expect(cache.get('1')).toBeUndefined();
    for (const reference of ['5', '6']) cache.set(entry(reference, 'c'));
    cache.set(entry('2', 'b'));
    cache.get('5');
    cache.dropKey('c');
    expect([cache.get('5'), cache.get('6')]).toEqual([undefined, undefined]);
    expect(cache.get('2')).toBeDefined();
    cache.clear();
    expect(cache.size).toBe(0);
  });
});
