import fc from 'fast-check';
import { formatUuid, parseUuid, uuidV5, uuidV7, uuidV8FromBytes } from './uuid.js';

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

describe('UUIDs', () => {
  it('survive parsing and formatting for any 16 bytes, also as a view into a larger array', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const view = bytes.subarray(2, 18);
        expect(parseUuid(formatUuid(view))).toEqual(Uint8Array.from(view));
      }),
    );
  });

  it.each([
    '',
    DNS.toUpperCase(),
    `{${DNS}}`,
    `${DNS}\n`,
    DNS.replaceAll('-', ''),
    DNS.slice(1),
    `${DNS}0`,
    DNS.replace('6', 'g'),
  ])('refuse the form %j', (text) => {
    expect(parseUuid(text)).toBeUndefined();
  });

  it('of version 5 equal the examples of RFC 9562 appendix A.4 and of its namespaces', () => {
    expect(uuidV5(DNS, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
    expect(uuidV5(DNS, 'python.org')).toBe('886313e1-3b8a-5372-9b90-0c9aee199e5d');
  });

  it('of version 5 refuse a namespace that is no UUID and a name that two strings would share', () => {
    expect(() => uuidV5('dns', 'x')).toThrow(TypeError);
    expect(() => uuidV5(DNS, '\ud800')).toThrow(TypeError);
  });

  it('of version 7 equal the example of RFC 9562 appendix A.6', () => {
    const random = Uint8Array.from(Buffer.from('0cc318c4dc0c0c07398f', 'hex'));
    expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('of version 7 refuse times beyond 48 bits and another amount of randomness', () => {
    expect(() => uuidV7(2 ** 48, new Uint8Array(10))).toThrow(RangeError);
    expect(() => uuidV7(1.5, new Uint8Array(10))).toThrow(RangeError);
    expect(() => uuidV7(1, new Uint8Array(9))).toThrow(TypeError);
  });

  it('of version 8 keep all bits but version and variant, and leave their source alone', () => {
    const source = new Uint8Array(32).fill(0xff);
    expect(uuidV8FromBytes(source)).toBe('ffffffff-ffff-8fff-bfff-ffffffffffff');
    expect(uuidV8FromBytes(new Uint8Array(16))).toBe('00000000-0000-8000-8000-000000000000');
    expect(source.every((byte) => byte === 0xff)).toBe(true);
    expect(() => uuidV8FromBytes(new Uint8Array(15))).toThrow(TypeError);
  });
});
