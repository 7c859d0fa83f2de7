import { randomBytes } from 'node:crypto';
import { IvSource } from './iv-source.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('IvSource', () => {
  it('never changes an IV that was handed out, even if the random source reuses its buffer', () => {
    const shared = Buffer.alloc(48);
    let draws = 0;
    const source = new IvSource((length) => shared.subarray(0, length).fill(++draws), 48);
    const first = source.next(12);
    const before = hex(first);
    for (let i = 0; i < 50; i++) source.next(12);
    expect(draws).toBeGreaterThan(5);
    expect(hex(first)).toBe(before);
  });

  it('hands out memory that is nobody else’s', () => {
    const source = new IvSource(randomBytes, 64);
    const one = source.next(12);
    const other = source.next(12);
    expect(one.buffer).not.toBe(other.buffer);
    expect(one.buffer.byteLength).toBe(12);
  });

  it('hands out each drawn byte once, across refills and both lengths', () => {
    let counter = 0;
    const source = new IvSource((length) => {
      const bytes = Buffer.alloc(length);
      for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32BE(++counter, at);
      return bytes;
    }, 100);
    const seen = new Set<string>();
    for (let i = 0; i < 5000; i++) {
      const iv = hex(source.next(i % 3 === 0 ? 24 : 12));
      for (let at = 0; at < iv.length; at += 8) {
        expect(seen.has(iv.slice(at, at + 8))).toBe(false);
        seen.add(iv.slice(at, at + 8));
      }
    }
  });

  it('serves a length beyond its pool and refuses a source that gives too little', () => {
    expect(new IvSource(randomBytes, 8).next(24)).toHaveLength(24);
    expect(() => new IvSource(() => new Uint8Array(3)).next(12)).toThrow(TypeError);
    expect(() => new IvSource(randomBytes, 0)).toThrow(RangeError);
  });
});
