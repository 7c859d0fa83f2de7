import { createCipheriv, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { aeskw, aeskwp } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { aesKeyUnwrap, aesKeyUnwrapPadded, aesKeyWrap, aesKeyWrapPadded } from './key-wrap.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const kek = createSecretKey(hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'));

describe('AES key wrap', () => {
  it('equals RFC 3394 section 4.6', () => {
    const secret = hex('00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f');
    const wrapped = hex('28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21');
    expect(hex(Buffer.from(aesKeyWrap(kek, secret)).toString('hex'))).toEqual(wrapped);
    expect(Buffer.compare(aesKeyUnwrap(kek, wrapped) ?? new Uint8Array(), secret)).toBe(0);
  });

  it('with padding equals RFC 5649 section 6', () => {
    const kek192 = createSecretKey(hex('5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8'));
    const wrapped = aesKeyWrapPadded(kek192, hex('c37b7e6492584340bed12207808941155068f738'));
    expect(Buffer.from(wrapped).toString('hex')).toBe(
      '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a',
    );
    expect(Buffer.from(aesKeyWrapPadded(kek192, hex('466f7250617369'))).toString('hex')).toBe(
      'afbeb0f07dfbf5419200f2ccb50bb24f',
    );
  });

  it('refuses secrets below 16 bytes without padding, and a well-made wrapping of 8 bytes', () => {
    expect(() => aesKeyWrap(kek, new Uint8Array(8))).toThrow(TypeError);
    expect(() => aesKeyWrap(kek, new Uint8Array(20))).toThrow(TypeError);
    const wrapped = wrapEightBytes(hex('0011223344556677'));
    expect(aesKeyUnwrap(kek, wrapped)).toBeUndefined();
  });

  it('equals @noble/ciphers and opens nothing once a bit is changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(), (secret, at) => {
        const wrapped = aesKeyWrapPadded(kek, secret);
        expect(Buffer.compare(wrapped, aeskwp(kek.export()).encrypt(secret))).toBe(0);
        expect(Buffer.compare(aesKeyUnwrapPadded(kek, wrapped) ?? new Uint8Array(), secret)).toBe(0);
        const changed = Uint8Array.from(wrapped);
        changed[at % wrapped.length] = (changed[at % wrapped.length] ?? 0) ^ 1;
        expect(aesKeyUnwrapPadded(kek, changed)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
    const secret = new Uint8Array(24).fill(7);
    expect(Buffer.compare(aesKeyWrap(kek, secret), aeskw(kek.export()).encrypt(secret))).toBe(0);
  });

  it('is total for wrapped input and takes AES keys only', () => {
    for (const length of [0, 1, 8, 15, 16, 23, 25, 9000]) {
      expect(aesKeyUnwrap(kek, new Uint8Array(length))).toBeUndefined();
      expect(aesKeyUnwrapPadded(kek, new Uint8Array(length))).toBeUndefined();
    }
    expect(() => aesKeyWrap(createSecretKey(new Uint8Array(20)), new Uint8Array(16))).toThrow(TypeError);
    expect(() => aesKeyWrapPadded(generateKeyPairSync('ed25519').privateKey, new Uint8Array(16))).toThrow(TypeError);
    expect(() => aesKeyWrapPadded(kek, new Uint8Array(0))).toThrow(TypeError);
  });
});

/** RFC 3394 section 2.2.1 for one block of 64 bits, which the RFC itself leaves out. */
function wrapEightBytes(secret: Uint8Array): Uint8Array {
  let block: Buffer = Buffer.concat([hex('a6a6a6a6a6a6a6a6'), secret]);
  for (let t = 1; t <= 6; t++) {
    const aes = createCipheriv('aes-256-ecb', kek, null).setAutoPadding(false);
    block = aes.update(block);
    block[7] = (block[7] ?? 0) ^ t;
  }
  return block;
}
