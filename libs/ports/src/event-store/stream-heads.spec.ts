import { HmacSha256, HeadSum } from '@claviger/crypto';
import fc from 'fast-check';
import { StreamHeads } from './stream-heads.js';

const key = () => new HmacSha256(new Uint8Array(32).fill(1));
const mac = (n: number) => Uint8Array.from({ length: 32 }, (_, i) => (n >> (8 * (i % 4))) & 255);

describe('StreamHeads', () => {
  it('follows a stream event by event, and tells a repeat and a gap apart', () => {
    const heads = new StreamHeads(key());
    expect(heads.apply({ stream: 's', revision: 1, mac: mac(1) })).toBe('gap');
    expect(heads.get('s')).toBeUndefined();
    expect(heads.apply({ stream: 's', revision: 0, mac: mac(2) })).toBe('applied');
    expect(heads.apply({ stream: 's', revision: 1, mac: mac(3) })).toBe('applied');
    expect(heads.apply({ stream: 's', revision: 1, mac: mac(9) })).toBe('repeated');
    expect(heads.apply({ stream: 's', revision: 3, mac: mac(4) })).toBe('gap');
    expect(heads.get('s')).toEqual({ revision: 1, mac: mac(3) });
    expect(heads.size).toBe(1);
  });

  it('knows the MAC of the head only', () => {
    const heads = new StreamHeads(key());
    heads.load('s', 7, mac(7));
    expect(heads.macAt('s', 7)).toEqual(mac(7));
    expect(heads.macAt('s', 6)).toBeUndefined();
    expect(heads.macAt('t', 0)).toBeUndefined();
  });

  it('hands out copies', () => {
    const heads = new StreamHeads(key());
    const mine = mac(7);
    heads.load('s', 0, mine);
    mine.fill(0);
    heads.get('s')?.mac.fill(0);
    expect(heads.get('s')?.mac).toEqual(mac(7));
  });

  it('keeps every head as it grows', () => {
    const heads = new StreamHeads(key());
    for (let i = 0; i < 1_000; i++) heads.load(`s${i}`, i, mac(i));
    for (let i = 0; i < 1_000; i++) expect(heads.get(`s${i}`)).toEqual({ revision: i, mac: mac(i) });
  });

  it('has the sum of a fresh HeadSum over the same heads, whatever happened between', () => {
    const step = fc.record({ stream: fc.integer({ min: 0, max: 199 }), n: fc.nat(), sum: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const heads = new StreamHeads(key());
        const model = new Map<string, { revision: number; mac: Uint8Array }>();
        for (const { stream, n, sum } of steps) {
          const name = `s${stream}`;
          const head = { revision: (model.get(name)?.revision ?? -1) + 1, mac: mac(n) };
          expect(heads.apply({ stream: name, ...head })).toBe('applied');
          model.set(name, head);
          if (sum) heads.sum();
        }
        const expected = new HeadSum(key());
        for (const [stream, head] of model) {
          expected.add({ stream, revision: BigInt(head.revision), mac: head.mac });
        }
        expect(heads.sum()).toEqual(expected.toBytes());
        expect(new Map(heads.entries())).toEqual(model);
        expect(heads.size).toBe(model.size);
      }),
    );
  });

  it('changes its sum when one stream lies one event behind', () => {
    const [whole, behind] = [new StreamHeads(key()), new StreamHeads(key())];
    for (let i = 0; i < 50; i++) {
      whole.load(`s${i}`, 3, mac(i));
      behind.load(`s${i}`, i === 20 ? 2 : 3, mac(i));
    }
    expect(whole.sum()).not.toEqual(behind.sum());
  });

  it('refuses a MAC that has not 32 bytes', () => {
    expect(() => new StreamHeads(key()).load('s', 0, new Uint8Array(31))).toThrow(TypeError);
  });
});
