import type { KeyObject } from 'node:crypto';
import { type RandomSource, type SigningAlgorithm, signMessage } from '@claviger/crypto';

/**
 * Signs digests where no native asynchronous form exists: RSA (0.3 to 1.8 ms), ECDSA (0.7 to 1.8 ms), Ed25519ph (0.5 ms).
 */
export interface DigestSigner {
  /** @throws HsmUnavailable, HsmOverloaded */
  sign(key: KeyObject, algorithm: SigningAlgorithm, digest: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** On the calling thread, which it blocks meanwhile. */
export function inlineDigestSigner(random: RandomSource): DigestSigner {
  return {
    sign: (key, algorithm, digest) => signMessage(key, algorithm, 'DIGEST', digest, random),
    close: async () => {},
  };
}
