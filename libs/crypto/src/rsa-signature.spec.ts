import {
  constants,
  generateKeyPairSync,
  hash,
  privateEncrypt,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { hashOf, HASH_LENGTH, type RsaSigningAlgorithm } from './algorithms.js';
import { encodePss, verifyPss } from './rsa-encoding.js';
import { signRsa, verifyRsa } from './rsa-signature.js';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const message = Buffer.from('the message');

const ALGORITHMS: readonly RsaSigningAlgorithm[] = [
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
];

const nativeOptions = (
  algorithm: RsaSigningAlgorithm,
  key: KeyObject,
): { key: KeyObject; padding: number; saltLength?: number } =>
  algorithm.startsWith('RSASSA_PSS')
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: HASH_LENGTH[hashOf(algorithm)] }
    : { key, padding: constants.RSA_PKCS1_PADDING };

describe.each(ALGORITHMS)('%s (R-37, R-40)', (algorithm) => {
  const digest = hash(hashOf(algorithm), message, 'buffer');

  it.each(['RAW', 'DIGEST'] as const)('signs a %s message as OpenSSL verifies it', async (type) => {
    const signature = await signRsa(pair.privateKey, algorithm, type, type === 'RAW' ? message : digest, randomBytes);
    expect(verify(hashOf(algorithm), message, nativeOptions(algorithm, pair.publicKey), signature)).toBe(true);
    expect(verifyRsa(pair.publicKey, algorithm, 'RAW', message, signature)).toBe(true);
    expect(verifyRsa(pair.publicKey, algorithm, 'DIGEST', digest, signature)).toBe(true);
  });

  it('verifies over a digest what OpenSSL signed, and nothing once a byte is changed', () => {
    const signature = sign(hashOf(algorithm), message, nativeOptions(algorithm, pair.privateKey));
    expect(verifyRsa(pair.publicKey, algorithm, 'DIGEST', digest, signature)).toBe(true);
    for (let i = 0; i < signature.length; i += 17) {
      const changed = Uint8Array.from(signature);
      changed[i] = (changed[i] ?? 0) ^ 0x40;
      expect(verifyRsa(pair.publicKey, algorithm, 'DIGEST', digest, changed)).toBe(false);
      expect(verifyRsa(pair.publicKey, algorithm, 'RAW', message, changed)).toBe(false);
    }
    const otherDigest = Uint8Array.from(digest);
    otherDigest[0] = (otherDigest[0] ?? 0) ^ 1;
    expect(verifyRsa(pair.publicKey, algorithm, 'DIGEST', otherDigest, signature)).toBe(false);
  });

  it('refuses a digest of another length, and signatures that are not as long as the modulus', async () => {
    await expect(signRsa(pair.privateKey, algorithm, 'DIGEST', digest.subarray(1), randomBytes)).rejects.toThrow(
      TypeError,
    );
    const signature = await signRsa(pair.privateKey, algorithm, 'RAW', message, randomBytes);
    expect(verifyRsa(pair.publicKey, algorithm, 'DIGEST', digest.subarray(1), signature)).toBe(false);
    for (const wrong of [new Uint8Array(0), signature.subarray(1), Buffer.concat([Buffer.alloc(1), signature])]) {
      expect(verifyRsa(pair.publicKey, algorithm, 'DIGEST', digest, wrong)).toBe(false);
      expect(verifyRsa(pair.publicKey, algorithm, 'RAW', message, wrong)).toBe(false);
    }
    expect(verifyRsa(pair.publicKey, algorithm, 'DIGEST', digest, new Uint8Array(256).fill(0xff))).toBe(false);
  });
});

describe('RSA signatures', () => {
  it('of one PSS hash or salt length do not pass as another', async () => {
    const digest = hash('sha256', message, 'buffer');
    for (const saltLength of [0, 20, 31, 33, 64]) {
      const options = { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
      const signature = sign('sha256', message, options);
      expect(verifyRsa(pair.publicKey, 'RSASSA_PSS_SHA_256', 'RAW', message, signature)).toBe(false);
      expect(verifyRsa(pair.publicKey, 'RSASSA_PSS_SHA_256', 'DIGEST', digest, signature)).toBe(false);
    }
    const pkcs1 = await signRsa(pair.privateKey, 'RSASSA_PKCS1_V1_5_SHA_256', 'RAW', message, randomBytes);
    expect(verifyRsa(pair.publicKey, 'RSASSA_PSS_SHA_256', 'RAW', message, pkcs1)).toBe(false);
  });

  it('over a digest are refused for each malformed encoding, all signed with the true key', () => {
    const digest = hash('sha256', message, 'buffer');
    const good = encodePss('sha256', digest, randomBytes(32), 2047);
    const accepted = (encoded: Uint8Array): boolean => {
      const signature = privateEncrypt({ key: pair.privateKey, padding: constants.RSA_NO_PADDING }, encoded);
      return verifyRsa(pair.publicKey, 'RSASSA_PSS_SHA_256', 'DIGEST', digest, signature);
    };
    expect(accepted(good)).toBe(true);
    for (const [at, mask] of [
      [255, 0x01], // trailer
      [0, 0x01], // PS
      [100, 0x10], // PS
      [190, 0x01], // separator
      [191, 0x01], // salt
      [223, 0x01], // H
      [254, 0x80], // H
    ] as const) {
      const bad = Uint8Array.from(good);
      bad[at] = (bad[at] ?? 0) ^ mask;
      expect(accepted(bad)).toBe(false);
    }
  });

  it('check the unused bits and the length of a PSS encoding', () => {
    const digest = hash('sha256', message, 'buffer');
    const good = encodePss('sha256', digest, randomBytes(32), 2047);
    expect(verifyPss('sha256', digest, good, 2047)).toBe(true);
    const high = Uint8Array.from(good);
    high[0] = (high[0] ?? 0) | 0x80;
    expect(verifyPss('sha256', digest, high, 2047)).toBe(false);
    expect(verifyPss('sha256', digest, good.subarray(1), 2047)).toBe(false);
    expect(verifyPss('sha256', digest, new Uint8Array(60), 479)).toBe(false);
    expect(() => encodePss('sha512', new Uint8Array(64), new Uint8Array(64), 1023)).toThrow(TypeError);
  });

  it('need an RSA key', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const restricted = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    for (const key of [ec.privateKey, restricted.privateKey]) {
      await expect(signRsa(key, 'RSASSA_PSS_SHA_256', 'RAW', message, randomBytes)).rejects.toThrow(TypeError);
    }
    expect(() => verifyRsa(ec.publicKey, 'RSASSA_PSS_SHA_256', 'RAW', message, new Uint8Array(256))).toThrow(TypeError);
  });
});
