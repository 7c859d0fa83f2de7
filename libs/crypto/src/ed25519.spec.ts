import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { ed25519, ed25519ph } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { signEd25519, signEd25519ph, verifyEd25519, verifyEd25519ph } from './ed25519.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
/** PKCS#8 of a seed (RFC 8410 section 7). */
const fromSeed = (seed: Uint8Array): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([hex('302e020100300506032b657004220420'), seed]),
    format: 'der',
    type: 'pkcs8',
  });

describe('Ed25519', () => {
  it('equals test 3 of RFC 8032 section 7.1', () => {
    const key = fromSeed(hex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7'));
    const signature = hex(
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    );
    expect(signature.equals(signEd25519(key, hex('af82')))).toBe(true);
    expect(verifyEd25519(createPublicKey(key), hex('af82'), signature)).toBe(true);
  });

  it('equals @noble/curves, and verifies nothing once message or signature are changed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 90 }),
        fc.nat(511),
        (seed, message, bit) => {
          const key = fromSeed(seed);
          const publicKey = createPublicKey(key);
          const signature = Uint8Array.from(signEd25519(key, message));
          expect(Buffer.compare(ed25519.sign(message, seed), signature)).toBe(0);
          expect(verifyEd25519(publicKey, Buffer.concat([message, Buffer.alloc(1)]), signature)).toBe(false);
          signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          expect(verifyEd25519(publicKey, message, signature)).toBe(false);
          expect(verifyEd25519(publicKey, message, signature.subarray(1))).toBe(false);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('needs an Ed25519 key', () => {
    const other = generateKeyPairSync('ed448');
    expect(() => signEd25519(other.privateKey, hex('00'))).toThrow(TypeError);
    expect(() => verifyEd25519(other.publicKey, hex('00'), new Uint8Array(64))).toThrow(TypeError);
    expect(() => signEd25519ph(other.privateKey, new Uint8Array(64))).toThrow(TypeError);
    expect(() => verifyEd25519ph(other.publicKey, new Uint8Array(64), new Uint8Array(64))).toThrow(TypeError);
  });
});

describe('Ed25519ph over a digest', () => {
  it('equals RFC 8032 section 7.3', () => {
    const key = fromSeed(hex('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42'));
    const digest = hash('sha512', 'abc', 'buffer');
    const signature = hex(
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
    );
    expect(signature.equals(signEd25519ph(key, digest))).toBe(true);
    expect(verifyEd25519ph(createPublicKey(key), digest, signature)).toBe(true);
  });

  it('equals @noble/curves’ own form, which hashes the message itself, both ways', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 90 }),
        (seed, message) => {
          const key = fromSeed(seed);
          const digest = hash('sha512', message, 'buffer');
          const signature = signEd25519ph(key, digest);
          expect(Buffer.compare(ed25519ph.sign(message, seed), signature)).toBe(0);
          expect(ed25519ph.verify(signature, message, ed25519.getPublicKey(seed), { zip215: false })).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('is not interchangeable with pure Ed25519 over the same bytes', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const digest = hash('sha512', 'abc', 'buffer');
    expect(verifyEd25519(publicKey, digest, signEd25519ph(privateKey, digest))).toBe(false);
    expect(verifyEd25519ph(publicKey, digest, signEd25519(privateKey, digest))).toBe(false);
  });

  it('verifies nothing once digest or signature are changed or have another length', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const digest = hash('sha512', 'abc', 'buffer');
    const signature = signEd25519ph(privateKey, digest);
    for (const at of [0, 31, 32, 63]) {
      const changed = Uint8Array.from(signature);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(verifyEd25519ph(publicKey, digest, changed)).toBe(false);
      const other = Uint8Array.from(digest);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(verifyEd25519ph(publicKey, other, signature)).toBe(false);
    }
    expect(verifyEd25519ph(publicKey, digest.subarray(1), signature)).toBe(false);
    expect(verifyEd25519ph(publicKey, digest, signature.subarray(1))).toBe(false);
    expect(() => signEd25519ph(privateKey, digest.subarray(1))).toThrow(TypeError);
  });
});
