import type { KeyObject } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { draw, type RandomSource } from './random.js';
import type { Encrypted } from './aead-types.js';

// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). OpenSSL lacks it, so @noble/ciphers serves it; it verifies the tag before it
// decrypts anything.

const XCHACHA_KEY_LENGTH = 32;
const XCHACHA_IV_LENGTH = 24;
const XCHACHA_TAG_LENGTH = 16;

/**
 * Seals `plaintext` under a key of 32 bytes with a fresh random nonce (24 bytes are safe at random, for any number of messages that
 * will ever be written): nonce ‖ ciphertext ‖ tag.
 *
 * @throws TypeError if the key is not 32 bytes long
 */
export function sealXChaCha(key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array, random: RandomSource): Uint8Array {
  const nonce = draw(random, XCHACHA_IV_LENGTH);
  const body = xchacha20poly1305(checkedKey(key), nonce, aad).encrypt(plaintext);
  const sealed = new Uint8Array(nonce.length + body.length);
  sealed.set(nonce);
  sealed.set(body, nonce.length);
  return sealed;
}

/** Opens what `sealXChaCha` made; `undefined` if key, additional data or any byte differs. @throws TypeError for a key of another length */
export function openXChaCha(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  checkedKey(key);
  if (sealed.length < XCHACHA_IV_LENGTH + XCHACHA_TAG_LENGTH) return undefined;
  return decrypt(key, sealed.subarray(0, XCHACHA_IV_LENGTH), sealed.subarray(XCHACHA_IV_LENGTH), aad);
}

/** Encrypts under a key of 32 bytes with an IV of 24. @throws TypeError for other lengths */
export function xchachaEncrypt(key: KeyObject, iv: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Encrypted {
  if (iv.length !== XCHACHA_IV_LENGTH)
    throw new TypeError(`XChaCha20-Poly1305 takes an IV of 24 bytes, got ${iv.length}`);
  return withRawKey(key, (raw) => {
    const body = xchacha20poly1305(raw, iv, aad).encrypt(plaintext);
    const end = body.length - XCHACHA_TAG_LENGTH;
    return { ciphertext: body.subarray(0, end), tag: body.subarray(end) };
  });
}

/** `undefined` unless key, IV (24 bytes), ciphertext, tag (16 bytes) and additional data all belong together. */
export function xchachaDecrypt(
  key: KeyObject,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  if (iv.length !== XCHACHA_IV_LENGTH || tag.length !== XCHACHA_TAG_LENGTH) return undefined;
  const body = new Uint8Array(ciphertext.length + tag.length);
  body.set(ciphertext);
  body.set(tag, ciphertext.length);
  return withRawKey(key, (raw) => decrypt(raw, iv, body, aad));
}

function decrypt(key: Uint8Array, iv: Uint8Array, body: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  try {
    return xchacha20poly1305(key, iv, aad).decrypt(body);
  } catch {
    return undefined; // lengths were checked: only the tag can have failed
  }
}

/** @noble takes bytes: export them for the call and overwrite the copy afterwards. */
function withRawKey<T>(key: KeyObject, use: (raw: Uint8Array) => T): T {
  const raw = key.export();
  try {
    return use(checkedKey(raw));
  } finally {
    raw.fill(0);
  }
}

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== XCHACHA_KEY_LENGTH)
    throw new TypeError(`XChaCha20-Poly1305 takes a key of 32 bytes, got ${key.length}`);
  return key;
}
