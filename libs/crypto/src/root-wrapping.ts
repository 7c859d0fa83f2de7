import { hkdfSync } from 'node:crypto';
import type { RandomSource } from './random.js';
import { SecretBytes } from './secret-bytes.js';
import { openXChaCha, sealXChaCha } from './xchacha.js';

/** First byte of everything wrapped; part of the additional data. */
const FORMAT = 1;

/**
 * The key that a root key wraps with: HKDF-SHA-256 (RFC 5869) without salt, so that other uses of the same root can have keys of their
 * own. The caller owns it. @param root lent for the call
 */
export function rootWrappingKey(root: Uint8Array): SecretBytes {
  return SecretBytes.take(new Uint8Array(hkdfSync('sha256', root, '', 'claviger seal keyfile wrap v1', 32)));
}

/**
 * Wraps a key: 1 (format) ‖ nonce (24) ‖ XChaCha20-Poly1305 ciphertext and tag, additional data = format ‖ context in UTF-8.
 * @param wrapping of {@link rootWrappingKey}
 */
export function wrapUnderRoot(
  wrapping: SecretBytes,
  key: SecretBytes,
  context: string,
  random: RandomSource,
): Uint8Array {
  const sealed = wrapping.use((under) =>
    key.use((bytes) => sealXChaCha(under, bytes, additionalData(context), random)),
  );
  return Uint8Array.of(FORMAT, ...sealed);
}

/** The wrapped key, which the caller then owns; undefined when it does not verify under this key and context. */
export function unwrapUnderRoot(wrapping: SecretBytes, wrapped: Uint8Array, context: string): SecretBytes | undefined {
  if (wrapped[0] !== FORMAT) return undefined;
  const key = wrapping.use((under) => openXChaCha(under, wrapped.subarray(1), additionalData(context)));
  return key === undefined ? undefined : SecretBytes.take(key);
}

function additionalData(context: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(FORMAT), Buffer.from(context, 'utf8')]);
}
