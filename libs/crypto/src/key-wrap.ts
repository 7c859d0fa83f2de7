import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

// AES key wrap: KW is RFC 3394 (NIST SP 800-38F 6.2), KWP with padding is RFC 5649 (SP 800-38F 6.3). Both by OpenSSL.

const KW_IV = Buffer.from('a6a6a6a6a6a6a6a6', 'hex');
const KWP_IV = Buffer.from('a65959a6', 'hex');
/** Far above any key; below what would wrap an amount of data that belongs into an AEAD. */
const MAX_LENGTH = 8192;

/**
 * AES-KW. SP 800-38F 5.3.1 excludes secrets of 8 bytes; some engines take them, so they are refused here, both ways.
 * @throws TypeError unless `secret` has 16 to 8192 bytes, a multiple of 8
 */
export function aesKeyWrap(kek: KeyObject, secret: Uint8Array): Uint8Array {
  if (secret.length < 16 || secret.length > MAX_LENGTH || secret.length % 8 !== 0) {
    throw new TypeError(`AES-KW takes 16 to ${MAX_LENGTH} bytes in multiples of 8, got ${secret.length}`);
  }
  return run(createCipheriv(cipherName(kek, ''), kek, KW_IV), secret);
}

/** The wrapped key; `undefined` if it was not wrapped under `kek` or is shorter than 16 bytes. */
export function aesKeyUnwrap(kek: KeyObject, wrapped: Uint8Array): Uint8Array | undefined {
  const name = cipherName(kek, '');
  if (wrapped.length < 24 || wrapped.length > MAX_LENGTH + 8 || wrapped.length % 8 !== 0) return undefined;
  return attempt(() => run(createDecipheriv(name, kek, KW_IV), wrapped));
}

/** AES-KWP. @throws TypeError unless `secret` has 1 to 8192 bytes */
export function aesKeyWrapPadded(kek: KeyObject, secret: Uint8Array): Uint8Array {
  if (secret.length < 1 || secret.length > MAX_LENGTH) {
    throw new TypeError(`AES-KWP takes 1 to ${MAX_LENGTH} bytes, got ${secret.length}`);
  }
  return run(createCipheriv(cipherName(kek, '-pad'), kek, KWP_IV), secret);
}

/** The wrapped key; `undefined` if it was not wrapped under `kek`. */
export function aesKeyUnwrapPadded(kek: KeyObject, wrapped: Uint8Array): Uint8Array | undefined {
  const name = cipherName(kek, '-pad');
  if (wrapped.length < 16 || wrapped.length > MAX_LENGTH + 8 || wrapped.length % 8 !== 0) return undefined;
  return attempt(() => run(createDecipheriv(name, kek, KWP_IV), wrapped));
}

function cipherName(kek: KeyObject, suffix: '' | '-pad'): string {
  const size = kek.symmetricKeySize;
  if (size !== 16 && size !== 24 && size !== 32)
    throw new TypeError('AES key wrap takes a secret key of 16, 24 or 32 bytes');
  return `id-aes${size * 8}-wrap${suffix}`;
}

function run(cipher: { update(data: Uint8Array): Buffer; final(): Buffer }, data: Uint8Array): Uint8Array {
  const output = cipher.update(data);
  const rest = cipher.final();
  return rest.length === 0 ? output : Buffer.concat([output, rest]);
}

/** OpenSSL reports a failed integrity check as an exception; lengths and key were checked before. */
function attempt(unwrap: () => Uint8Array): Uint8Array | undefined {
  try {
    return unwrap();
  } catch {
    return undefined;
  }
}
