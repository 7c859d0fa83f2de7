import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { KeyPairSpec, SigningAlgorithm } from './algorithms.js';
import { generateKeyPair, keyPairSpecOf, privateKeyFromPkcs8, publicKeyOf, spkiOf } from './key-pair.js';
import { importPublicKey } from './public-key-import.js';
import { signingRoad, signMessage, verifyMessage } from './signatures.js';

const SPECS: readonly (readonly [KeyPairSpec, SigningAlgorithm])[] = [
  ['RSA_2048', 'RSASSA_PSS_SHA_256'],
  ['RSA_3072', 'RSASSA_PKCS1_V1_5_SHA_384'],
  ['RSA_4096', 'RSASSA_PSS_SHA_512'],
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
];

describe.each(SPECS)('a key pair of %s', (spec, algorithm) => {
  it('is generated, loaded again, and its public half imported and used', async () => {
    const pair = await generateKeyPair(spec);
    const privateKey = privateKeyFromPkcs8(pair.privateKey);
    const publicKey = importPublicKey(pair.publicKey);
    if (privateKey === undefined || publicKey === undefined) throw new Error('not loaded');
    expect(keyPairSpecOf(privateKey)).toBe(spec);
    expect(keyPairSpecOf(publicKey)).toBe(spec);
    expect(Buffer.compare(spkiOf(publicKeyOf(privateKey)), pair.publicKey)).toBe(0);
    const message = Buffer.from('message');
    const signature = await signMessage(privateKey, algorithm, 'RAW', message, randomBytes);
    expect(await verifyMessage(publicKey, algorithm, 'RAW', message, signature)).toBe(true);
    expect(['inline', 'pool']).toContain(signingRoad('sign', privateKey, 'RAW'));
  }, 60_000);
});

describe('loading a private key', () => {
  it('is undefined for kinds, sizes and curves that are not offered, and for any bytes', () => {
    const others = [
      generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }),
      generateKeyPairSync('ed448'),
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
    ];
    for (const { privateKey } of others) {
      expect(privateKeyFromPkcs8(privateKey.export({ format: 'der', type: 'pkcs8' }))).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => expect(privateKeyFromPkcs8(bytes)).toBeUndefined()),
    );
  });
});

describe('signing through one door', () => {
  it('takes pure Ed25519 as RAW only and its pre-hashed form as DIGEST only', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const digest = new Uint8Array(64);
    await expect(signMessage(privateKey, 'ED25519_SHA_512', 'DIGEST', digest, randomBytes)).rejects.toThrow(TypeError);
    await expect(signMessage(privateKey, 'ED25519_PH_SHA_512', 'RAW', digest, randomBytes)).rejects.toThrow(TypeError);
    await expect(verifyMessage(publicKey, 'ED25519_SHA_512', 'DIGEST', digest, digest)).rejects.toThrow(TypeError);
    const signature = await signMessage(privateKey, 'ED25519_PH_SHA_512', 'DIGEST', digest, randomBytes);
    expect(await verifyMessage(publicKey, 'ED25519_PH_SHA_512', 'DIGEST', digest, signature)).toBe(true);
    expect(signingRoad('verify', publicKey, 'DIGEST')).toBe('blocking');
    expect(signingRoad('sign', privateKey, 'RAW')).toBe('inline');
  });

  it('refuses an algorithm of another kind of key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    await expect(signMessage(privateKey, 'ECDSA_SHA_256', 'RAW', new Uint8Array(1), randomBytes)).rejects.toThrow(
      TypeError,
    );
    await expect(
      verifyMessage(publicKey, 'RSASSA_PSS_SHA_256', 'RAW', new Uint8Array(1), new Uint8Array(256)),
    ).rejects.toThrow(TypeError);
  });

  it('says where each kind is computed', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    expect(signingRoad('sign', rsa.privateKey, 'RAW')).toBe('pool');
    expect(signingRoad('sign', rsa.privateKey, 'DIGEST')).toBe('blocking');
    expect(signingRoad('verify', rsa.publicKey, 'DIGEST')).toBe('inline');
    expect(signingRoad('sign', p256.privateKey, 'RAW')).toBe('inline');
    expect(signingRoad('verify', p384.publicKey, 'RAW')).toBe('pool');
    expect(signingRoad('verify', p256.publicKey, 'DIGEST')).toBe('blocking');
  });
});
