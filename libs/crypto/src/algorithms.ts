// Names are those of the AWS KMS API (SigningAlgorithmSpec, EncryptionAlgorithmSpec, MacAlgorithmSpec, KeySpec).

export type RsaPssAlgorithm = 'RSASSA_PSS_SHA_256' | 'RSASSA_PSS_SHA_384' | 'RSASSA_PSS_SHA_512';
export type RsaPkcs1Algorithm = 'RSASSA_PKCS1_V1_5_SHA_256' | 'RSASSA_PKCS1_V1_5_SHA_384' | 'RSASSA_PKCS1_V1_5_SHA_512';
export type RsaSigningAlgorithm = RsaPssAlgorithm | RsaPkcs1Algorithm;
export type EcdsaAlgorithm = 'ECDSA_SHA_256' | 'ECDSA_SHA_384' | 'ECDSA_SHA_512';
export type Ed25519Algorithm = 'ED25519_SHA_512' | 'ED25519_PH_SHA_512';
export type SigningAlgorithm = RsaSigningAlgorithm | EcdsaAlgorithm | Ed25519Algorithm;
export type RsaOaepAlgorithm = 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256';
export type MacAlgorithm = 'HMAC_SHA_224' | 'HMAC_SHA_256' | 'HMAC_SHA_384' | 'HMAC_SHA_512';

/** RAW: the message itself. DIGEST: its hash by the algorithm's own hash function, made by the caller. */
export type MessageType = 'RAW' | 'DIGEST';

export type KeyPairSpec =
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'ECC_NIST_P256'
  | 'ECC_NIST_P384'
  | 'ECC_NIST_P521'
  | 'ECC_SECG_P256K1'
  | 'ECC_NIST_EDWARDS25519';

/** Hash functions under the names that `node:crypto` knows. */
export type HashName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export const HASH_LENGTH: Readonly<Record<HashName, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

const SIGNING_HASH: Readonly<Record<SigningAlgorithm, HashName>> = {
  RSASSA_PSS_SHA_256: 'sha256',
  RSASSA_PSS_SHA_384: 'sha384',
  RSASSA_PSS_SHA_512: 'sha512',
  RSASSA_PKCS1_V1_5_SHA_256: 'sha256',
  RSASSA_PKCS1_V1_5_SHA_384: 'sha384',
  RSASSA_PKCS1_V1_5_SHA_512: 'sha512',
  ECDSA_SHA_256: 'sha256',
  ECDSA_SHA_384: 'sha384',
  ECDSA_SHA_512: 'sha512',
  ED25519_SHA_512: 'sha512',
  ED25519_PH_SHA_512: 'sha512',
};

export function hashOf(algorithm: SigningAlgorithm): HashName {
  return SIGNING_HASH[algorithm];
}

/** Bytes of a DIGEST message of this algorithm. */
export function digestLength(algorithm: SigningAlgorithm): number {
  return HASH_LENGTH[SIGNING_HASH[algorithm]];
}

/** Ed25519 signs RAW messages only, its pre-hashed form DIGEST only (RFC 8032 section 5.1); the others take both. */
export function allowsMessageType(algorithm: SigningAlgorithm, messageType: MessageType): boolean {
  switch (algorithm) {
    case 'ED25519_SHA_512':
      return messageType === 'RAW';
    case 'ED25519_PH_SHA_512':
      return messageType === 'DIGEST';
    case 'RSASSA_PSS_SHA_256':
    case 'RSASSA_PSS_SHA_384':
    case 'RSASSA_PSS_SHA_512':
    case 'RSASSA_PKCS1_V1_5_SHA_256':
    case 'RSASSA_PKCS1_V1_5_SHA_384':
    case 'RSASSA_PKCS1_V1_5_SHA_512':
    case 'ECDSA_SHA_256':
    case 'ECDSA_SHA_384':
    case 'ECDSA_SHA_512':
      return true;
  }
}
