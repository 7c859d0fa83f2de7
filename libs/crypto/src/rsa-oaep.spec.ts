import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto';
import type { RsaOaepAlgorithm } from './algorithms.js';
import { rsaOaepDecrypt, rsaOaepEncrypt, rsaOaepMaxPlaintext } from './rsa-oaep.js';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const padding = constants.RSA_PKCS1_OAEP_PADDING;

describe.each([
  ['RSAES_OAEP_SHA_1', 'sha1', 214],
  ['RSAES_OAEP_SHA_256', 'sha256', 190],
] as const)('%s (R-36)', (algorithm, oaepHash, limit) => {
  it('encrypts up to its limit and refuses a byte more', async () => {
    expect(rsaOaepMaxPlaintext(2048, algorithm)).toBe(limit);
    for (const length of [0, 1, limit]) {
      const plaintext = randomBytes(length);
      const ciphertext = rsaOaepEncrypt(pair.publicKey, algorithm, plaintext);
      expect(ciphertext).toHaveLength(256);
      const opened = await rsaOaepDecrypt(pair.privateKey, algorithm, ciphertext);
      expect(opened && Buffer.compare(opened, plaintext)).toBe(0);
      expect(privateDecrypt({ key: pair.privateKey, padding, oaepHash }, ciphertext).equals(plaintext)).toBe(true);
    }
    expect(() => rsaOaepEncrypt(pair.publicKey, algorithm, new Uint8Array(limit + 1))).toThrow(RangeError);
  });

  it('decrypts what a client encrypted offline, and nothing of another hash, label, key or length', async () => {
    const plaintext = randomBytes(32);
    const ciphertext = publicEncrypt({ key: pair.publicKey, padding, oaepHash }, plaintext);
    expect(Buffer.from((await rsaOaepDecrypt(pair.privateKey, algorithm, ciphertext)) ?? []).equals(plaintext)).toBe(
      true,
    );
    const otherHash: RsaOaepAlgorithm = algorithm === 'RSAES_OAEP_SHA_1' ? 'RSAES_OAEP_SHA_256' : 'RSAES_OAEP_SHA_1';
    expect(await rsaOaepDecrypt(pair.privateKey, otherHash, ciphertext)).toBeUndefined();
    expect(await rsaOaepDecrypt(pair.privateKey, algorithm, ciphertext, Buffer.from('label'))).toBeUndefined();
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await rsaOaepDecrypt(other.privateKey, algorithm, ciphertext)).toBeUndefined();
    for (const wrong of [new Uint8Array(0), ciphertext.subarray(1), Buffer.concat([Buffer.alloc(1), ciphertext])]) {
      expect(await rsaOaepDecrypt(pair.privateKey, algorithm, wrong)).toBeUndefined();
    }
    expect(await rsaOaepDecrypt(pair.privateKey, algorithm, new Uint8Array(256).fill(0xff))).toBeUndefined();
  });

  it('needs RSA keys', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => rsaOaepEncrypt(ec.publicKey, algorithm, new Uint8Array(1))).toThrow(TypeError);
    await expect(rsaOaepDecrypt(ec.privateKey, algorithm, new Uint8Array(256))).rejects.toThrow(TypeError);
    await expect(rsaOaepDecrypt(pair.publicKey, algorithm, new Uint8Array(256))).rejects.toThrow(TypeError);
  });
});
