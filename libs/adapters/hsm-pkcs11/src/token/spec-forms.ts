import type { KeySpec, SigningAlgorithm } from '@claviger/domain';
import { CKM } from './ck.js';

/** What a spec is on a token. */
export type TokenForm =
  | { readonly kind: 'aes'; readonly length: 16 | 32 }
  | { readonly kind: 'hmac'; readonly length: number; readonly mechanism: number }
  | { readonly kind: 'rsa'; readonly bits: 2048 | 3072 | 4096 }
  | EcForm
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'unknown' };

/** `parameters`: DER of the curve's OID. `curve`: its name in JWK. `length`: bytes of a coordinate. `signing`: what its keys sign. */
export interface EcForm {
  readonly kind: 'ec';
  readonly parameters: string;
  readonly curve: 'P-256' | 'P-384' | 'P-521' | 'secp256k1';
  readonly length: number;
  readonly signing: 'ECDSA_SHA_256' | 'ECDSA_SHA_384' | 'ECDSA_SHA_512';
}

/** XChaCha20-Poly1305 has no mechanism in PKCS #11. */
export const FORMS: Readonly<Record<KeySpec, TokenForm>> = {
  SYMMETRIC_DEFAULT: { kind: 'aes', length: 32 },
  AES_128: { kind: 'aes', length: 16 },
  XCHACHA20_POLY1305: { kind: 'unknown' },
  RSA_2048: { kind: 'rsa', bits: 2048 },
  RSA_3072: { kind: 'rsa', bits: 3072 },
  RSA_4096: { kind: 'rsa', bits: 4096 },
  // RFC 5480 section 2.1.1.1; secp256k1: SEC 2 section 2.4.1
  ECC_NIST_P256: {
    kind: 'ec',
    parameters: '06082a8648ce3d030107',
    curve: 'P-256',
    length: 32,
    signing: 'ECDSA_SHA_256',
  },
  ECC_NIST_P384: { kind: 'ec', parameters: '06052b81040022', curve: 'P-384', length: 48, signing: 'ECDSA_SHA_384' },
  ECC_NIST_P521: { kind: 'ec', parameters: '06052b81040023', curve: 'P-521', length: 66, signing: 'ECDSA_SHA_512' },
  ECC_SECG_P256K1: {
    kind: 'ec',
    parameters: '06052b8104000a',
    curve: 'secp256k1',
    length: 32,
    signing: 'ECDSA_SHA_256',
  },
  ECC_NIST_EDWARDS25519: { kind: 'ed25519' },
  // A key as long as the hash (RFC 2104 section 3).
  HMAC_224: { kind: 'hmac', length: 28, mechanism: CKM.SHA224_HMAC },
  HMAC_256: { kind: 'hmac', length: 32, mechanism: CKM.SHA256_HMAC },
  HMAC_384: { kind: 'hmac', length: 48, mechanism: CKM.SHA384_HMAC },
  HMAC_512: { kind: 'hmac', length: 64, mechanism: CKM.SHA512_HMAC },
};

/** DER of PrintableString "edwards25519", the form that modules take for EC_PARAMS (PKCS #11 v3.0 section 2.3.5). */
export const ED25519_PARAMETERS = '130c656477617264733235353139';

/** An algorithm by which every key pair of this spec can show itself; undefined for secret keys. */
export function checkAlgorithmOf(spec: KeySpec): SigningAlgorithm | undefined {
  const form = FORMS[spec];
  switch (form.kind) {
    case 'rsa':
      return 'RSASSA_PKCS1_V1_5_SHA_256';
    case 'ec':
      return form.signing;
    case 'ed25519':
      return 'ED25519_SHA_512';
    case 'aes':
    case 'hmac':
    case 'unknown':
      return undefined;
  }
}
