import type { KeyObject } from 'node:crypto';
import { AEAD_SIZES, type AeadAlgorithm, type Encrypted } from './aead-types.js';
import { aesGcmDecrypt, aesGcmEncrypt } from './aes-gcm.js';
import { xchachaDecrypt, xchachaEncrypt } from './xchacha.js';

/** Encrypts under a key of the algorithm. @throws TypeError if key or IV have the wrong size for it */
export function aeadEncrypt(
  algorithm: AeadAlgorithm,
  key: KeyObject,
  iv: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Encrypted {
  checkKey(algorithm, key);
  switch (algorithm) {
    case 'AES_128_GCM':
    case 'AES_256_GCM':
      return aesGcmEncrypt(key, iv, plaintext, aad);
    case 'XCHACHA20_POLY1305':
      return xchachaEncrypt(key, iv, plaintext, aad);
  }
}

/** `undefined` unless everything belongs together; nothing is released before the tag is checked. @throws TypeError for a key of the wrong size */
export function aeadDecrypt(
  algorithm: AeadAlgorithm,
  key: KeyObject,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  checkKey(algorithm, key);
  switch (algorithm) {
    case 'AES_128_GCM':
    case 'AES_256_GCM':
      return aesGcmDecrypt(key, iv, ciphertext, tag, aad);
    case 'XCHACHA20_POLY1305':
      return xchachaDecrypt(key, iv, ciphertext, tag, aad);
  }
}

function checkKey(algorithm: AeadAlgorithm, key: KeyObject): void {
  const expected = AEAD_SIZES[algorithm].key;
  if (key.symmetricKeySize !== expected) throw new TypeError(`${algorithm} takes a secret key of ${expected} bytes`);
}
