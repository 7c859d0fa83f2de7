import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { Encrypted } from './aead-types.js';

// AES-GCM (NIST SP 800-38D) by OpenSSL, inline: a few microseconds with a KeyObject.

const GCM_IV_LENGTH = 12;
const GCM_TAG_LENGTH = 16;

/**
 * Encrypts under AES-128 or AES-256. The IV must never repeat under one key: take it from an `IvSource`, never from a caller.
 * @throws TypeError if the key is not of 16 or 32 bytes or the IV not of 12 (SP 800-38D 8.2: 96 bits only)
 */
export function aesGcmEncrypt(key: KeyObject, iv: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Encrypted {
  if (iv.length !== GCM_IV_LENGTH) throw new TypeError(`AES-GCM takes an IV of 12 bytes, got ${iv.length}`);
  const cipher = createCipheriv(cipherName(key), key, iv, { authTagLength: GCM_TAG_LENGTH });
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final(); // a stream mode: nothing is left to come
  return { ciphertext, tag: cipher.getAuthTag() };
}

/**
 * `undefined` unless key, IV (12 bytes), ciphertext, tag (16 bytes) and additional data all belong together. Nothing is released
 * before `final` has checked the tag; on a mismatch the provisional plaintext is overwritten.
 *
 * @throws TypeError if the key is not of 16 or 32 bytes
 */
export function aesGcmDecrypt(
  key: KeyObject,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  const name = cipherName(key);
  if (iv.length !== GCM_IV_LENGTH || tag.length !== GCM_TAG_LENGTH) return undefined;
  const decipher = createDecipheriv(name, key, iv, { authTagLength: GCM_TAG_LENGTH });
  decipher.setAAD(aad);
  decipher.setAuthTag(tag);
  const provisional = decipher.update(ciphertext);
  try {
    decipher.final();
    return provisional;
  } catch {
    provisional.fill(0);
    return undefined;
  }
}

function cipherName(key: KeyObject): 'aes-128-gcm' | 'aes-256-gcm' {
  switch (key.symmetricKeySize) {
    case 16:
      return 'aes-128-gcm';
    case 32:
      return 'aes-256-gcm';
    case undefined:
      throw new TypeError('AES-GCM takes a secret key');
  }
  throw new TypeError(`AES-GCM takes a key of 16 or 32 bytes, got ${key.symmetricKeySize}`);
}
