import { createHmac, type KeyObject } from 'node:crypto';
import { HASH_LENGTH, type HashName, type MacAlgorithm } from './algorithms.js';
import { constantTimeEqual } from './constant-time.js';

// HMAC (FIPS 198-1) for keys of usage GENERATE_VERIFY_MAC, by OpenSSL, inline.

const MAC_HASH: Readonly<Record<MacAlgorithm, HashName>> = {
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_512: 'sha512',
};

/** Bytes of the MAC, and of a generated key: as long as the hash's output (SP 800-107 section 5.3.4). */
export function macLength(algorithm: MacAlgorithm): number {
  return HASH_LENGTH[MAC_HASH[algorithm]];
}

/** The full, never truncated MAC. @throws TypeError if the key is no secret key */
export function generateMac(key: KeyObject, algorithm: MacAlgorithm, message: Uint8Array): Uint8Array {
  if (key.type !== 'secret') throw new TypeError('HMAC takes a secret key');
  return createHmac(MAC_HASH[algorithm], key).update(message).digest();
}

/** Compares in constant time; a MAC of another length (a truncated one too) is `false`. @throws TypeError if the key is no secret key */
export function verifyMac(key: KeyObject, algorithm: MacAlgorithm, message: Uint8Array, mac: Uint8Array): boolean {
  return constantTimeEqual(generateMac(key, algorithm, message), mac);
}
