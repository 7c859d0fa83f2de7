import { createPrivateKey, createPublicKey, generateKeyPair as nodeGenerateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyPairSpec } from './algorithms.js';
import { CURVES, curveOf } from './curves.js';

const generateNative = promisify(nodeGenerateKeyPair);

/** RSA moduli of SP 800-131A that AWS offers. */
const RSA_SPECS: ReadonlyMap<number, KeyPairSpec> = new Map([
  [2048, 'RSA_2048'],
  [3072, 'RSA_3072'],
  [4096, 'RSA_4096'],
]);

/** A new key pair in DER. The caller owns `privateKey` and wipes it. */
export interface KeyPairDer {
  /** PKCS#8 PrivateKeyInfo, in the clear (RFC 5958). */
  readonly privateKey: Uint8Array;
  /** SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), the form of AWS's GetPublicKey. */
  readonly publicKey: Uint8Array;
}

/** Generates in libuv's pool (RSA takes 0.1 to several seconds); RSA with public exponent 65537. */
export async function generateKeyPair(spec: KeyPairSpec): Promise<KeyPairDer> {
  const pair = await generateObjects(spec);
  return {
    privateKey: pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }),
  };
}

function generateObjects(spec: KeyPairSpec): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  switch (spec) {
    case 'RSA_2048':
      return generateNative('rsa', { modulusLength: 2048, publicExponent: 65537 });
    case 'RSA_3072':
      return generateNative('rsa', { modulusLength: 3072, publicExponent: 65537 });
    case 'RSA_4096':
      return generateNative('rsa', { modulusLength: 4096, publicExponent: 65537 });
    case 'ECC_NIST_P256':
      return generateNative('ec', { namedCurve: CURVES['P-256'].nodeName });
    case 'ECC_NIST_P384':
      return generateNative('ec', { namedCurve: CURVES['P-384'].nodeName });
    case 'ECC_NIST_P521':
      return generateNative('ec', { namedCurve: CURVES['P-521'].nodeName });
    case 'ECC_SECG_P256K1':
      return generateNative('ec', { namedCurve: CURVES.secp256k1.nodeName });
    case 'ECC_NIST_EDWARDS25519':
      return generateNative('ed25519');
  }
}

/**
 * A private key from PKCS#8 in DER; `undefined` if that is not one of the eight specs. For material of our own: a caller's import
 * needs more checks than these.
 */
export function privateKeyFromPkcs8(pkcs8: Uint8Array): KeyObject | undefined {
  try {
    const key = createPrivateKey({
      key: Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length),
      format: 'der',
      type: 'pkcs8',
    });
    return keyPairSpecOf(key) === undefined ? undefined : key;
  } catch {
    return undefined;
  }
}

/** The public half of a private key. */
export function publicKeyOf(privateKey: KeyObject): KeyObject {
  return createPublicKey(privateKey);
}

/** SubjectPublicKeyInfo in DER of a public key. */
export function spkiOf(publicKey: KeyObject): Uint8Array {
  return publicKey.export({ format: 'der', type: 'spki' });
}

/** The spec of a public or private key; `undefined` for kinds, sizes and curves that are not offered. */
export function keyPairSpecOf(key: KeyObject): KeyPairSpec | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ECC_NIST_EDWARDS25519';
  if (key.asymmetricKeyType === 'rsa') return RSA_SPECS.get(key.asymmetricKeyDetails?.modulusLength ?? 0);
  const curve = curveOf(key);
  return curve === undefined ? undefined : CURVES[curve].spec;
}
