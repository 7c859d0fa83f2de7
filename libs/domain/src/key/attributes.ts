/** Key attributes in the field's terms; spec, usage and algorithm names are those that AWS KMS clients send. */

export const KEY_USAGES = ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC'] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

/** AES_128 and XCHACHA20_POLY1305 exist through the admin API only; SYMMETRIC_DEFAULT is AES-256-GCM. */
export const KEY_SPECS = [
  'SYMMETRIC_DEFAULT',
  'AES_128',
  'XCHACHA20_POLY1305',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'ECC_NIST_EDWARDS25519',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
] as const;
export type KeySpec = (typeof KEY_SPECS)[number];

export type EncryptionAlgorithm = 'SYMMETRIC_DEFAULT' | 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256';
export type SigningAlgorithm =
  | 'RSASSA_PSS_SHA_256'
  | 'RSASSA_PSS_SHA_384'
  | 'RSASSA_PSS_SHA_512'
  | 'RSASSA_PKCS1_V1_5_SHA_256'
  | 'RSASSA_PKCS1_V1_5_SHA_384'
  | 'RSASSA_PKCS1_V1_5_SHA_512'
  | 'ECDSA_SHA_256'
  | 'ECDSA_SHA_384'
  | 'ECDSA_SHA_512'
  | 'ED25519_SHA_512'
  | 'ED25519_PH_SHA_512';
export type MacAlgorithm = 'HMAC_SHA_224' | 'HMAC_SHA_256' | 'HMAC_SHA_384' | 'HMAC_SHA_512';

export type KeyAlgorithm = EncryptionAlgorithm | SigningAlgorithm | MacAlgorithm;

/** Where key material is made and works: sealed by the service itself, or inside a token that it never leaves. */
export const PROTECTION_LEVELS = ['SOFTWARE', 'HSM'] as const;
export type ProtectionLevel = (typeof PROTECTION_LEVELS)[number];

/** A PKCS #11 token. Labels can be given twice; the serial number tells which one it is. */
export interface TokenName {
  readonly label: string;
  readonly serial: string;
}

/** */
export const DATA_CLASSES = ['public', 'internal', 'confidential', 'restricted'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

export type KeyOrigin = 'AWS_KMS';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

type Family = 'symmetric' | 'rsa' | 'ecc' | 'hmac';

interface SpecFacts {
  readonly family: Family;
  readonly usages: readonly KeyUsage[];
  readonly encryption: readonly EncryptionAlgorithm[];
  readonly signing: readonly SigningAlgorithm[];
  readonly mac: readonly MacAlgorithm[];
}

const RSA_SIGNING: readonly SigningAlgorithm[] = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
];
const symmetric: SpecFacts = {
  family: 'symmetric',
  usages: ['ENCRYPT_DECRYPT'],
  encryption: ['SYMMETRIC_DEFAULT'],
  signing: [],
  mac: [],
};
const rsa: SpecFacts = {
  family: 'rsa',
  usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  encryption: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  signing: RSA_SIGNING,
  mac: [],
};
const ecc = (signing: readonly SigningAlgorithm[]): SpecFacts => ({
  family: 'ecc',
  usages: ['SIGN_VERIFY'],
  encryption: [],
  signing,
  mac: [],
});
const hmac = (mac: MacAlgorithm): SpecFacts => ({
  family: 'hmac',
  usages: ['GENERATE_VERIFY_MAC'],
  encryption: [],
  signing: [],
  mac: [mac],
});

/** What each spec can do. One row per spec; everything else asks this table. */
export const SPEC_FACTS: Readonly<Record<KeySpec, SpecFacts>> = {
  SYMMETRIC_DEFAULT: symmetric,
  AES_128: symmetric,
  XCHACHA20_POLY1305: symmetric,
  RSA_2048: rsa,
  RSA_3072: rsa,
  RSA_4096: rsa,
  ECC_NIST_P256: ecc(['ECDSA_SHA_256']),
  ECC_NIST_P384: ecc(['ECDSA_SHA_384']),
  ECC_NIST_P521: ecc(['ECDSA_SHA_512']),
  ECC_SECG_P256K1: ecc(['ECDSA_SHA_256']),
  ECC_NIST_EDWARDS25519: ecc(['ED25519_SHA_512', 'ED25519_PH_SHA_512']),
  HMAC_224: hmac('HMAC_SHA_224'),
  HMAC_256: hmac('HMAC_SHA_256'),
  HMAC_384: hmac('HMAC_SHA_384'),
  HMAC_512: hmac('HMAC_SHA_512'),
};

/** What keys of this spec and usage can do; empty where the spec has no such usage. */
export function algorithmsOf(spec: KeySpec, usage: KeyUsage): readonly KeyAlgorithm[] {
  const { usages, encryption, signing, mac } = SPEC_FACTS[spec];
  if (!usages.includes(usage)) return [];
  return { ENCRYPT_DECRYPT: encryption, SIGN_VERIFY: signing, GENERATE_VERIFY_MAC: mac }[usage];
}

export const isSymmetric = (spec: KeySpec): boolean => SPEC_FACTS[spec].family === 'symmetric';

/** lower-case letters, digits and hyphens. */
export const ENVIRONMENT_PATTERN = /^[a-z0-9-]{1,32}$/;
