import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { AEAD_SIZES, type AeadAlgorithm } from './aead-types.js';
import { aeadDecrypt, aeadEncrypt } from './aead.js';
import { canonicalContext } from './canonical-context.js';
import {
  ciphertextAad,
  ciphertextHeader,
  encodeCiphertext,
  MAX_CIPHERTEXT_LENGTH,
  parseCiphertext,
  type CiphertextFields,
} from './ciphertext-format.js';
import golden from './golden/ciphertext-v1.json' with { type: 'json' };
import { formatUuid } from './uuid.js';

const ALGORITHMS: readonly AeadAlgorithm[] = ['AES_128_GCM', 'AES_256_GCM', 'XCHACHA20_POLY1305'];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const fields: fc.Arbitrary<CiphertextFields> = fc.record({
  keyId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatUuid),
  version: fc.integer({ min: 0, max: 0xffffffff }),
  algorithm: fc.constantFrom(...ALGORITHMS),
});

describe('the ciphertext format (R-24)', () => {
  it('is read back as it was written, for any fields', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 100 }), (field, ciphertext) => {
        const sizes = AEAD_SIZES[field.algorithm];
        const [iv, tag] = [randomBytes(sizes.iv), randomBytes(sizes.tag)];
        const parsed = parseCiphertext(encodeCiphertext(ciphertextHeader(field), { iv, ciphertext, tag }));
        if (parsed === undefined) throw new Error('not parsed');
        expect({ keyId: parsed.keyId, version: parsed.version, algorithm: parsed.algorithm }).toEqual(field);
        expect(hex(parsed.header)).toBe(hex(ciphertextHeader(field)));
        expect([parsed.iv, parsed.ciphertext, parsed.tag].map(hex)).toEqual([iv, ciphertext, tag].map(hex));
      }),
    );
  });

  it('has one encoding: any bytes parse to nothing or to what encodes to the same bytes', () => {
    const start = fc
      .tuple(fields, fc.uint8Array({ maxLength: 60 }))
      .map(([field, rest]) => Buffer.concat([ciphertextHeader(field), rest]));
    const damaged = fc.tuple(start, fc.nat(24), fc.integer({ min: 0, max: 255 })).map(([bytes, at, value]) => {
      bytes[at] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(start, damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const parsed = parseCiphertext(bytes);
        if (parsed !== undefined) expect(hex(encodeCiphertext(ciphertextHeader(parsed), parsed))).toBe(hex(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  it('is refused when cut anywhere before the end of its tag, and beyond 6144 bytes', () => {
    for (const algorithm of ALGORITHMS) {
      const sizes = AEAD_SIZES[algorithm];
      const field = { keyId: '0f0e0d0c-0b0a-4908-8706-050403020100', version: 3, algorithm };
      const of = (length: number): Uint8Array =>
        encodeCiphertext(ciphertextHeader(field), {
          iv: new Uint8Array(sizes.iv),
          ciphertext: new Uint8Array(length),
          tag: new Uint8Array(16),
        });
      const shortest = of(0);
      for (let length = 0; length < shortest.length; length++) {
        expect(parseCiphertext(shortest.subarray(0, length))).toBeUndefined();
      }
      const longest = of(MAX_CIPHERTEXT_LENGTH - shortest.length);
      expect(parseCiphertext(longest)?.algorithm).toBe(algorithm);
      expect(parseCiphertext(Buffer.concat([longest, Buffer.alloc(1)]))).toBeUndefined();
      expect(() => of(MAX_CIPHERTEXT_LENGTH - shortest.length + 1)).toThrow(TypeError);
    }
  });

  it('refuses another magic, format version or algorithm', () => {
    const bytes = Buffer.from(golden[0]?.ciphertext ?? '', 'hex');
    for (const [at, value] of [
      [0, 0x44],
      [1, 0],
      [2, 0xff],
      [3, 0],
      [3, 2],
      [24, 0],
      [24, 4],
      [24, 255],
    ] as const) {
      const changed = Uint8Array.from(bytes);
      changed[at] = value;
      expect(parseCiphertext(changed)).toBeUndefined();
    }
  });

  it('refuses to write fields out of their range', () => {
    const good = { keyId: '0f0e0d0c-0b0a-4908-8706-050403020100', version: 1, algorithm: 'AES_256_GCM' } as const;
    const parts = { iv: new Uint8Array(12), ciphertext: new Uint8Array(1), tag: new Uint8Array(16) };
    expect(() => ciphertextHeader({ ...good, keyId: good.keyId.toUpperCase() })).toThrow(TypeError);
    for (const version of [-1, 1.5, 2 ** 32, Number.NaN])
      expect(() => ciphertextHeader({ ...good, version })).toThrow(TypeError);
    const header = ciphertextHeader(good);
    expect(() => encodeCiphertext(header, { ...parts, iv: new Uint8Array(24) })).toThrow(TypeError);
    expect(() => encodeCiphertext(header, { ...parts, tag: new Uint8Array(12) })).toThrow(TypeError);
    expect(() => encodeCiphertext(header.subarray(1), parts)).toThrow(TypeError);
    expect(() => encodeCiphertext(new Uint8Array(25), parts)).toThrow(TypeError);
  });
});

describe.each(golden)('the golden ciphertext under $algorithm', (example) => {
  const algorithm = example.algorithm as AeadAlgorithm;
  const context = example.context as Record<string, string>;
  const key = createSecretKey(Buffer.from(example.key, 'hex'));
  const bytes = Buffer.from(example.ciphertext, 'hex');

  /** As Decrypt does it; `undefined` is InvalidCiphertext. */
  const decrypt = (input: Uint8Array, given: Readonly<Record<string, string>>): Uint8Array | undefined => {
    const parsed = parseCiphertext(input);
    if (parsed === undefined) return undefined;
    if (AEAD_SIZES[parsed.algorithm].key !== key.symmetricKeySize) return undefined; // no such key has that algorithm
    const aad = ciphertextAad(parsed.header, canonicalContext(given));
    return aeadDecrypt(parsed.algorithm, key, parsed.iv, parsed.ciphertext, parsed.tag, aad);
  };

  it('is parsed and decrypted', () => {
    expect(parseCiphertext(bytes)).toMatchObject({ keyId: example.keyId, version: example.version, algorithm });
    expect(canonicalContext(context)).toBe(example.canonicalContext);
    expect(hex(decrypt(bytes, context) ?? new Uint8Array())).toBe(example.plaintext);
  });

  it('is what encrypting gives again', () => {
    const field = { keyId: example.keyId, version: example.version, algorithm };
    const iv = parseCiphertext(bytes)?.iv ?? new Uint8Array();
    const aad = ciphertextAad(ciphertextHeader(field), canonicalContext(context));
    expect(hex(aad)).toBe(example.aad);
    const encrypted = aeadEncrypt(algorithm, key, iv, Buffer.from(example.plaintext, 'hex'), aad);
    expect(hex(encodeCiphertext(ciphertextHeader(field), { iv, ...encrypted }))).toBe(example.ciphertext);
  });

  it.each([
    ['magic', 0, 3],
    ['format version', 3, 4],
    ['key id', 4, 20],
    ['key version', 20, 24],
    ['algorithm', 24, 25],
    ['IV', 25, 25 + AEAD_SIZES[algorithm].iv],
    ['ciphertext', 25 + AEAD_SIZES[algorithm].iv, bytes.length - 16],
    ['tag', bytes.length - 16, bytes.length],
  ])('does not decrypt once its %s is changed', (_, from, to) => {
    for (let at = from; at < to; at++) {
      for (const mask of [0x01, 0x02, 0x03, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ mask;
        expect(decrypt(changed, context)).toBeUndefined();
      }
    }
  });

  it('does not decrypt under another encryption context', () => {
    const others: Record<string, string>[] = [
      { ...context, more: '' },
      { tenant: 'blue' },
      { tenant: 'billing', app: 'blue' },
      { Tenant: 'blue', app: 'billing' },
      { tenant: 'blue ', app: 'billing' },
      { '': example.canonicalContext },
    ];
    for (const other of others) expect(decrypt(bytes, other)).toBeUndefined();
    if (Object.keys(context).length > 0) expect(decrypt(bytes, {})).toBeUndefined();
    const reordered = Object.fromEntries(Object.entries(context).reverse());
    expect(decrypt(bytes, reordered)).toBeDefined();
  });
});
