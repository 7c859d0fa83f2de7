import { createPublicKey, type KeyObject } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { CURVES, curveOf, type CurveFacts } from './curves.js';
import { constantTimeEqual } from './constant-time.js';
import { keyPairSpecOf, spkiOf } from './key-pair.js';

/** DER of SubjectPublicKeyInfo for Ed25519 up to the point (RFC 8410 section 4). */
const ED25519_SPKI_PREFIX = '302a300506032b6570032100';

/**
 * A public key from SubjectPublicKeyInfo in DER that comes from outside; `undefined` unless it is one of the eight specs in its one
 * canonical encoding. OpenSSL alone accepts more than it should: explicit curve parameters (with a wrong generator or cofactor, too),
 * bytes after the structure, Ed25519 points of small order.
 *
 * - EC: named curve, uncompressed point, on the curve and not at infinity.
 * - Ed25519: canonical point in the prime-order subgroup.
 * - RSA: modulus of 2048, 3072 or 4096 bits, odd, public exponent 65537 (FIPS 186-5 section 5.1 asks for at least that).
 */
export function importPublicKey(spki: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({
      key: Buffer.from(spki.buffer, spki.byteOffset, spki.length),
      format: 'der',
      type: 'spki',
    });
    return keyPairSpecOf(key) !== undefined && isSound(key, spki) ? key : undefined;
  } catch {
    // OpenSSL throws on parsing most bad keys, but a point at infinity only when it is written out again.
    return undefined;
  }
}

function isSound(key: KeyObject, spki: Uint8Array): boolean {
  if (key.asymmetricKeyType === 'rsa') return isSoundRsa(key, spki);
  if (key.asymmetricKeyType === 'ed25519') return isSoundEd25519(spki);
  const curve = curveOf(key);
  return curve !== undefined && isSoundEc(spki, CURVES[curve]);
}

/** The prefix holds the curve's OID and the length of an uncompressed point: explicit parameters and compressed points differ in it. */
function isSoundEc(spki: Uint8Array, curve: CurveFacts): boolean {
  const point = afterPrefix(spki, curve.spkiPrefix);
  if (point === undefined || point.length !== 1 + 2 * curve.length || point[0] !== 0x04) return false;
  curve.noble.Point.fromBytes(point).assertValidity(); // throws; SP 800-56A 5.6.2.3.3, all four curves have cofactor 1
  return true;
}

function isSoundEd25519(spki: Uint8Array): boolean {
  const bytes = afterPrefix(spki, ED25519_SPKI_PREFIX);
  if (bytes === undefined || bytes.length !== 32) return false;
  const point = ed25519.Point.fromBytes(bytes, false); // throws; strict: y below p (RFC 8032 section 5.1.3)
  return !point.isSmallOrder() && point.isTorsionFree();
}

function isSoundRsa(key: KeyObject, spki: Uint8Array): boolean {
  if (!constantTimeEqual(spkiOf(key), spki)) return false; // another encoding of the same key, or bytes after it
  const modulus = key.export({ format: 'jwk' }).n;
  const lowest = modulus === undefined ? undefined : Buffer.from(modulus, 'base64url').at(-1);
  return lowest !== undefined && (lowest & 1) === 1 && key.asymmetricKeyDetails?.publicExponent === 65537n;
}

function afterPrefix(bytes: Uint8Array, prefixHex: string): Uint8Array | undefined {
  const length = prefixHex.length / 2;
  const prefix = Buffer.from(bytes.subarray(0, length)).toString('hex');
  return prefix === prefixHex ? bytes.subarray(length) : undefined;
}
