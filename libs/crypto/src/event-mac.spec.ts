import fc from 'fast-check';
import { eventMac, headMac, rowMac, type EventMacInput } from './event-mac.js';
import golden from './golden/mac-v1.json' with { type: 'json' };
import { HeadSum, type StreamHead } from './head-sum.js';
import { HmacSha256 } from './hmac-sha256.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const key = new HmacSha256(Buffer.from(golden.key, 'hex'));
const event: EventMacInput = {
  stream: 'key-a',
  revision: 7n,
  previousMac: new Uint8Array(32).fill(1),
  body: '{"a":1}',
};

describe('event MACs', () => {
  it('equal the golden chain of events and the golden row', () => {
    let previousMac: Uint8Array = new Uint8Array(0);
    for (const { stream, revision, body, mac } of golden.events) {
      previousMac = eventMac(key, { stream, revision: BigInt(revision), previousMac, body });
      expect(hex(previousMac)).toBe(mac);
    }
    const { table, primaryKey, body, mac } = golden.row;
    expect(hex(rowMac(key, table, primaryKey, body))).toBe(mac);
  });

  it.each<[string, Partial<EventMacInput>]>([
    ['stream', { stream: 'key-b' }],
    ['revision', { revision: 8n }],
    ['previous MAC', { previousMac: new Uint8Array(32) }],
    ['absence of a previous MAC', { previousMac: new Uint8Array(0) }],
    ['body', { body: '{"a":2}' }],
    ['border between stream and body', { stream: 'key-a{', body: '"a":1}' }],
  ])('differ with the %s', (_, change) => {
    expect(hex(eventMac(key, { ...event, ...change }))).not.toBe(hex(eventMac(key, event)));
  });

  it('differ with the key and the kind', () => {
    const other = new HmacSha256(new Uint8Array(32));
    expect(hex(eventMac(other, event))).not.toBe(hex(eventMac(key, event)));
    const kinds = [
      eventMac(key, event),
      rowMac(key, 'key-a', '7', '{"a":1}'),
      headMac(key, 'key-a', 7n, new Uint8Array(32).fill(1)),
    ];
    expect(new Set(kinds.map(hex)).size).toBe(3);
  });

  it('of rows do not move text between table, primary key and body', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', 'ß'), maxLength: 3 });
    const row = fc.tuple(text, text, text);
    fc.assert(
      fc.property(row, row, (one, other) => {
        const same = one.every((field, i) => field === other[i]);
        expect(hex(rowMac(key, ...one)) === hex(rowMac(key, ...other))).toBe(same);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuse what has no unambiguous encoding', () => {
    expect(() => eventMac(key, { ...event, revision: -1n })).toThrow(TypeError);
    expect(() => eventMac(key, { ...event, revision: 2n ** 64n })).toThrow(TypeError);
    expect(() => eventMac(key, { ...event, previousMac: new Uint8Array(16) })).toThrow(TypeError);
    expect(() => eventMac(key, { ...event, body: '\ud800' })).toThrow(TypeError);
    expect(() => rowMac(key, 't', '\udfff', '')).toThrow(TypeError);
  });
});

describe('the sum over the heads of streams', () => {
  const head = (i: number, revision = BigInt(i)): StreamHead => ({
    stream: `key-${i}`,
    revision,
    mac: new Uint8Array(32).fill(i & 0xff),
  });
  const sumOf = (heads: readonly StreamHead[]): HeadSum => {
    const sum = new HeadSum(key);
    for (const one of heads) sum.add(one);
    return sum;
  };

  it('equals the golden sum', () => {
    const heads = golden.heads.map(({ stream, revision, mac }) => ({
      stream,
      revision: BigInt(revision),
      mac: Buffer.from(mac, 'hex'),
    }));
    expect(hex(sumOf(heads).toBytes())).toBe(golden.headSum);
  });

  it('is addition modulo 2^256: order does not matter, and removing undoes adding', () => {
    const modulus = 2n ** 256n;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { maxLength: 40 }), (steps) => {
        const sum = new HeadSum(key);
        const present: StreamHead[] = [];
        let expected = 0n;
        for (const [i, add] of steps) {
          if (!add && present.length === 0) continue;
          const one = add ? head(i) : (present.pop() ?? head(0));
          const term = BigInt(`0x${hex(headMac(key, one.stream, one.revision, one.mac))}`);
          if (add) {
            present.push(one);
            sum.add(one);
          } else sum.remove(one);
          expected = (expected + (add ? term : -term) + modulus) % modulus;
        }
        expect(sum.count).toBe(present.length);
        expect(hex(sum.toBytes()).slice(16)).toBe(expected.toString(16).padStart(64, '0'));
        expect(sum.equals(sumOf([...present].reverse()))).toBe(true);
      }),
    );
  });

  it('differs once a stream is missing, doubled, behind, or another', () => {
    const heads = [head(1), head(2), head(3)];
    const good = sumOf(heads);
    const others = [
      [head(1), head(2)],
      [...heads, head(3)],
      [head(1), head(2), head(3, 2n)],
      [head(1), head(2), { ...head(3), mac: new Uint8Array(32) }],
      [head(1), head(2), { ...head(3), stream: 'key-4' }],
    ];
    for (const other of others) expect(good.equals(sumOf(other))).toBe(false);
  });

  it('follows a stream that moved on', () => {
    const sum = sumOf([head(1)]);
    sum.replace(undefined, head(2, 0n));
    sum.replace(head(2, 0n), head(2, 1n));
    expect(sum.equals(sumOf([head(1), head(2, 1n)]))).toBe(true);
    expect(() => new HeadSum(key).remove(head(1))).toThrow(RangeError);
  });

  it('is restored from its bytes, and from nothing else', () => {
    const sum = sumOf([head(1), head(2)]);
    const restored = HeadSum.fromBytes(key, sum.toBytes());
    expect(restored?.equals(sum)).toBe(true);
    restored?.add(head(3));
    expect(restored?.equals(sumOf([head(1), head(2), head(3)]))).toBe(true);
    expect(HeadSum.fromBytes(key, sum.toBytes().subarray(1))).toBeUndefined();
    expect(HeadSum.fromBytes(key, new Uint8Array(40).fill(0xff))).toBeUndefined();
  });
});
