import { constants, createHash, publicEncrypt } from 'node:crypto';
import type { EncryptionAlgorithm } from '@claviger/domain';
import { lostBy, saysBadCiphertext } from './failure.js';
import { fingerprintOfSecret } from './fingerprint.js';
import type { Verified } from './objects.js';
import { oaepDecrypt } from './operations.js';
import type { TokenSession } from './session.js';

/**
 * Runs a decryption; undefined when the input is no ciphertext under the key. Modules tell that from other troubles badly (SoftHSM:
 * CKR_GENERAL_ERROR for both), so unless the answer is plain the key has to show that it works still.
 *
 * @throws Lost when it does not
 */
export function decryptOrUndefined(decrypt: () => Buffer, stillWorks: () => boolean): Buffer | undefined {
  try {
    return decrypt();
  } catch (error) {
    switch (saysBadCiphertext(error)) {
      case 'yes':
        return undefined;
      case 'no':
        throw error;
      case 'perhaps':
        if (works(stillWorks)) return undefined;
        throw lostBy(error);
    }
  }
}

function works(stillWorks: () => boolean): boolean {
  try {
    return stillWorks();
  } catch (error) {
    throw lostBy(error);
  }
}

/** Makes its fingerprint again. */
export function secretStillWorks(session: TokenSession, { material, key, fingerprint }: Verified): boolean {
  return fingerprintOfSecret(session, material.spec, key).equals(fingerprint);
}

/**
 * Decrypts what was encrypted for it here. Whatever is wrong with a caller's ciphertext costs the same second decryption, so that the
 * time of the answer tells nothing about its padding.
 */
export function rsaStillWorks(session: TokenSession, key: Verified, algorithm: EncryptionAlgorithm): boolean {
  if (key.publicKey === undefined) return false;
  const oaepHash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256';
  const expected = createHash('sha256').update(key.fingerprint).digest();
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const ciphertext = publicEncrypt({ key: key.publicKey, padding, oaepHash }, expected);
  return oaepDecrypt(session, key.key, algorithm, ciphertext).equals(expected);
}
