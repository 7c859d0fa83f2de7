import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { gcm } from '@noble/ciphers/aes.js';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import fc from 'fast-check';
import { AEAD_SIZES, type AeadAlgorithm } from './aead-types.js';
import { aeadDecrypt, aeadEncrypt } from './aead.js';
import { openXChaCha, sealXChaCha } from './xchacha.js';

const ALGORITHMS: readonly AeadAlgorithm[] = ['AES_128_GCM', 'AES_256_GCM', 'XCHACHA20_POLY1305'];
const bytes = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + seed * 31) & 0xff);
const keyOf = (algorithm: AeadAlgorithm): KeyObject => createSecretKey(bytes(AEAD_SIZES[algorithm].key));
const flipped = (source: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(source);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

describe.each(ALGORITHMS)('%s (R-34)', (algorithm) => {
  const sizes = AEAD_SIZES[algorithm];
  const key = keyOf(algorithm);
  const iv = bytes(sizes.iv, 2);
  const aad = bytes(25, 3);
  const plaintext = bytes(100, 4);

  it('equals @noble/ciphers for any plaintext and additional data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 80 }), (message, additional) => {
        const { ciphertext, tag } = aeadEncrypt(algorithm, key, iv, message, additional);
        const engine = algorithm === 'XCHACHA20_POLY1305' ? xchacha20poly1305 : gcm;
        const expected = engine(key.export(), iv, additional).encrypt(message);
        expect(Buffer.concat([ciphertext, tag]).equals(expected)).toBe(true);
        const opened = aeadDecrypt(algorithm, key, iv, ciphertext, tag, additional);
        expect(opened && Buffer.compare(opened, message)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('opens nothing once a single bit of tag, ciphertext, IV, additional data or key is changed', () => {
    const { ciphertext, tag } = aeadEncrypt(algorithm, key, iv, plaintext, aad);
    const open = (k: KeyObject, i: Uint8Array, c: Uint8Array, t: Uint8Array, a: Uint8Array): Uint8Array | undefined =>
      aeadDecrypt(algorithm, k, i, c, t, a);
    expect(open(key, iv, ciphertext, tag, aad)).toBeDefined();
    for (let bit = 0; bit < 128; bit++) expect(open(key, iv, ciphertext, flipped(tag, bit), aad)).toBeUndefined();
    for (let bit = 0; bit < 8 * ciphertext.length; bit += 5) {
      expect(open(key, iv, flipped(ciphertext, bit), tag, aad)).toBeUndefined();
    }
    for (let bit = 0; bit < 8 * sizes.iv; bit++)
      expect(open(key, flipped(iv, bit), ciphertext, tag, aad)).toBeUndefined();
    for (let bit = 0; bit < 8 * aad.length; bit++)
      expect(open(key, iv, ciphertext, tag, flipped(aad, bit))).toBeUndefined();
    for (let bit = 0; bit < 8 * sizes.key; bit += 3) {
      expect(open(createSecretKey(flipped(key.export(), bit)), iv, ciphertext, tag, aad)).toBeUndefined();
    }
  });

  it('refuses tags that are not 16 bytes long, a true prefix of the tag too', () => {
    const { ciphertext, tag } = aeadEncrypt(algorithm, key, iv, plaintext, aad);
    for (const length of [0, 4, 8, 12, 13, 14, 15]) {
      expect(aeadDecrypt(algorithm, key, iv, ciphertext, tag.subarray(0, length), aad)).toBeUndefined();
    }
    expect(aeadDecrypt(algorithm, key, iv, ciphertext, Buffer.concat([tag, tag]), aad)).toBeUndefined();
  });

  it('takes IVs of its own length only', () => {
    const { ciphertext, tag } = aeadEncrypt(algorithm, key, iv, plaintext, aad);
    for (const length of [0, 8, 11, 13, 16, 23, 25]) {
      expect(() => aeadEncrypt(algorithm, key, bytes(length), plaintext, aad)).toThrow(TypeError);
      expect(aeadDecrypt(algorithm, key, bytes(length), ciphertext, tag, aad)).toBeUndefined();
    }
  });

  it('takes keys of its own length only', () => {
    for (const length of [15, 24, sizes.key === 16 ? 32 : 16]) {
      expect(() => aeadEncrypt(algorithm, createSecretKey(bytes(length)), iv, plaintext, aad)).toThrow(TypeError);
      expect(() => aeadDecrypt(algorithm, createSecretKey(bytes(length)), iv, plaintext, bytes(16), aad)).toThrow(
        TypeError,
      );
    }
  });
});

describe('sealing with XChaCha20-Poly1305', () => {
  const key = bytes(32);

  it('opens what it sealed, under a fresh nonce each time', () => {
    const one = sealXChaCha(key, bytes(40), bytes(9), randomBytes);
    const other = sealXChaCha(key, bytes(40), bytes(9), randomBytes);
    expect(one.length).toBe(24 + 40 + 16);
    expect(Buffer.compare(one.subarray(0, 24), other.subarray(0, 24))).not.toBe(0);
    expect(openXChaCha(key, one, bytes(9))).toEqual(bytes(40));
  });

  it('opens nothing if any byte or the additional data differ, or the box is too short', () => {
    const sealed = sealXChaCha(key, bytes(5), bytes(9), randomBytes);
    for (let bit = 0; bit < 8 * sealed.length; bit++)
      expect(openXChaCha(key, flipped(sealed, bit), bytes(9))).toBeUndefined();
    expect(openXChaCha(key, sealed, bytes(8))).toBeUndefined();
    for (let length = 0; length < 40; length++)
      expect(openXChaCha(key, sealed.subarray(0, length), bytes(9))).toBeUndefined();
  });

  it('refuses keys of another length and a random source that gives too little', () => {
    expect(() => sealXChaCha(bytes(31), bytes(5), bytes(9), randomBytes)).toThrow(TypeError);
    expect(() => openXChaCha(bytes(33), bytes(60), bytes(9))).toThrow(TypeError);
    expect(() => sealXChaCha(key, bytes(5), bytes(9), () => new Uint8Array(12))).toThrow(TypeError);
  });
});
