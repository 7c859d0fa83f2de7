import { createSecretKey, type KeyObject } from 'node:crypto';
import {
  aeadDecrypt,
  aeadEncrypt,
  AEAD_SIZES,
  aesKeyUnwrap,
  aesKeyUnwrapPadded,
  aesKeyWrap,
  aesKeyWrapPadded,
  generateMac,
  openXChaCha,
  sealXChaCha,
  verifyMac,
  type AeadAlgorithm,
  type MacAlgorithm,
} from '@claviger/crypto';
import { contradiction, same, type Driver } from '../driver.js';
import { bytes, type VectorCase } from '../vector-file.js';

const aead =
  (algorithmOf: (keyLength: number) => AeadAlgorithm | undefined): Driver =>
  ({ fields, result }) => {
    const [key, iv, aad, msg, ct, tag] = ['key', 'iv', 'aad', 'msg', 'ct', 'tag'].map((name) =>
      bytes(fields, name),
    ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const algorithm = algorithmOf(key.length);
    if (algorithm === undefined || key.length !== AEAD_SIZES[algorithm].key) return false;
    const secret = createSecretKey(key);
    const opened = aeadDecrypt(algorithm, secret, iv, ct, tag, aad);
    if (algorithm === 'XCHACHA20_POLY1305') checkSealed(key, iv, aad, ct, tag, opened);
    if (opened === undefined) return false;
    if (!same(opened, msg)) contradiction('decrypts to another plaintext');
    const again = aeadEncrypt(algorithm, secret, iv, msg, aad);
    if (result === 'valid' && !(same(again.ciphertext, ct) && same(again.tag, tag)))
      contradiction('encrypts to another ciphertext');
    return true;
  };

/** The sealing form is the same algorithm with the nonce in front. */
function checkSealed(
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  ct: Uint8Array,
  tag: Uint8Array,
  opened: Uint8Array | undefined,
): void {
  if (iv.length !== 24 || tag.length !== 16) return;
  const unsealed = openXChaCha(key, Buffer.concat([iv, ct, tag]), aad);
  if ((unsealed === undefined) !== (opened === undefined)) contradiction('sealing and encrypting disagree');
  if (opened === undefined) return;
  if (
    !same(
      sealXChaCha(key, opened, aad, () => iv),
      Buffer.concat([iv, ct, tag]),
    )
  )
    contradiction('seals to another box');
}

const keyWrap =
  (
    wrap: (kek: KeyObject, secret: Uint8Array) => Uint8Array,
    unwrap: (kek: KeyObject, wrapped: Uint8Array) => Uint8Array | undefined,
  ): Driver =>
  ({ fields, result }: VectorCase) => {
    const kek = createSecretKey(bytes(fields, 'key'));
    const [msg, ct] = [bytes(fields, 'msg'), bytes(fields, 'ct')];
    const unwrapped = unwrap(kek, ct);
    if (unwrapped === undefined) return false;
    if (!same(unwrapped, msg)) contradiction('unwraps to another key');
    if (result === 'valid' && !same(wrap(kek, msg), ct)) contradiction('wraps to another ciphertext');
    return true;
  };

const hmac =
  (algorithm: MacAlgorithm): Driver =>
  ({ fields, result }) => {
    const key = createSecretKey(bytes(fields, 'key'));
    const [msg, tag] = [bytes(fields, 'msg'), bytes(fields, 'tag')];
    const valid = verifyMac(key, algorithm, msg, tag);
    const prefix = generateMac(key, algorithm, msg).subarray(0, tag.length);
    if (result === 'valid' && !same(prefix, tag)) contradiction('makes another MAC');
    return valid;
  };

export const SYMMETRIC: Readonly<Record<string, Driver>> = {
  'aes_gcm_test.json': aead((length) => (length === 16 ? 'AES_128_GCM' : length === 32 ? 'AES_256_GCM' : undefined)),
  'xchacha20_poly1305_test.json': aead(() => 'XCHACHA20_POLY1305'),
  'aes_wrap_test.json': keyWrap(aesKeyWrap, aesKeyUnwrap),
  'aes_kwp_test.json': keyWrap(aesKeyWrapPadded, aesKeyUnwrapPadded),
  'hmac_sha256_test.json': hmac('HMAC_SHA_256'),
  'hmac_sha384_test.json': hmac('HMAC_SHA_384'),
  'hmac_sha512_test.json': hmac('HMAC_SHA_512'),
};
