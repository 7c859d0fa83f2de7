import { constants, publicEncrypt, webcrypto, type KeyObject } from 'node:crypto';
import { HASH_LENGTH, type HashName, type RsaOaepAlgorithm } from './algorithms.js';

// RSAES-OAEP (RFC 8017 section 7.1). The hash of MGF1 is always that of OAEP itself.

const OAEP_HASH: Readonly<Record<RsaOaepAlgorithm, HashName>> = {
  RSAES_OAEP_SHA_1: 'sha1',
  RSAES_OAEP_SHA_256: 'sha256',
};

/** Most bytes that one encryption takes: modulus − 2 × hash − 2 (RFC 8017 section 7.1.1). */
export function rsaOaepMaxPlaintext(modulusBits: number, algorithm: RsaOaepAlgorithm): number {
  return modulusBits / 8 - 2 * HASH_LENGTH[OAEP_HASH[algorithm]] - 2;
}

/**
 * Encrypts under the public key, inline (tens of µs). The ciphertext is raw, as long as the modulus.
 * @throws RangeError if the plaintext exceeds `rsaOaepMaxPlaintext`; TypeError if the key is no RSA key
 */
export function rsaOaepEncrypt(
  publicKey: KeyObject,
  algorithm: RsaOaepAlgorithm,
  plaintext: Uint8Array,
  label: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const limit = rsaOaepMaxPlaintext(modulusBits(publicKey), algorithm);
  if (plaintext.length > limit) throw new RangeError(`${algorithm} takes at most ${limit} bytes under this key`);
  return publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: OAEP_HASH[algorithm], oaepLabel: label },
    plaintext,
  );
}

/**
 * Decrypts in libuv's pool (WebCrypto: node:crypto's own form would block for 0.3 to 2 ms); `undefined` for whatever is not a
 * ciphertext under this key, without telling why (RFC 8017 section 7.1.2, note).
 * @throws TypeError if the key is no RSA private key
 */
export async function rsaOaepDecrypt(
  privateKey: KeyObject,
  algorithm: RsaOaepAlgorithm,
  ciphertext: Uint8Array,
  label: Uint8Array = new Uint8Array(0),
): Promise<Uint8Array | undefined> {
  if (privateKey.type !== 'private') throw new TypeError('an RSA private key is needed');
  if (ciphertext.length !== modulusBits(privateKey) / 8) return undefined;
  const hash = algorithm === 'RSAES_OAEP_SHA_1' ? 'SHA-1' : 'SHA-256';
  const key = privateKey.toCryptoKey({ name: 'RSA-OAEP', hash }, false, ['decrypt']);
  try {
    return new Uint8Array(
      await webcrypto.subtle.decrypt(
        { name: 'RSA-OAEP', label: Uint8Array.from(label) },
        key,
        Uint8Array.from(ciphertext),
      ),
    );
  } catch {
    return undefined;
  }
}

function modulusBits(key: KeyObject): number {
  const bits = key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined;
  if (bits === undefined) throw new TypeError('an RSA key is needed');
  return bits;
}
