import { fromP1363, toDer } from '@claviger/crypto';
import type { KeySpec, SigningAlgorithm } from '@claviger/domain';

/** Order of secp256k1 (SEC 2 section 2.4.1). */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** A token's signature in the form of the port: ECDSA in DER, on secp256k1 with s in the lower half (BIP 146). */
export function portForm(spec: KeySpec, algorithm: SigningAlgorithm, signature: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'ECDSA_SHA_256':
    case 'ECDSA_SHA_384':
    case 'ECDSA_SHA_512': {
      const { r, s } = fromP1363(signature);
      return toDer({ r, s: spec === 'ECC_SECG_P256K1' && s > ORDER >> 1n ? ORDER - s : s });
    }
    case 'RSASSA_PSS_SHA_256':
    case 'RSASSA_PSS_SHA_384':
    case 'RSASSA_PSS_SHA_512':
    case 'RSASSA_PKCS1_V1_5_SHA_256':
    case 'RSASSA_PKCS1_V1_5_SHA_384':
    case 'RSASSA_PKCS1_V1_5_SHA_512':
    case 'ED25519_SHA_512':
    case 'ED25519_PH_SHA_512':
      return signature;
  }
}
