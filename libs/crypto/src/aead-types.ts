/** The symmetric algorithms of keys: authenticated encryption with associated data, 16-byte tags. */
export type AeadAlgorithm = 'AES_128_GCM' | 'AES_256_GCM' | 'XCHACHA20_POLY1305';

/** Result of an encryption: as many bytes as the plaintext, and the tag of 16 bytes. */
export interface Encrypted {
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** Sizes in bytes of key, IV and tag. */
export const AEAD_SIZES: Readonly<
  Record<AeadAlgorithm, { readonly key: number; readonly iv: number; readonly tag: number }>
> = {
  AES_128_GCM: { key: 16, iv: 12, tag: 16 },
  AES_256_GCM: { key: 32, iv: 12, tag: 16 },
  XCHACHA20_POLY1305: { key: 32, iv: 24, tag: 16 },
};
