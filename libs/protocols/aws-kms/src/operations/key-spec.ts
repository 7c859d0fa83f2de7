import { KEY_SPECS, KEY_USAGES, KmsError, type KeySpec, type KeyUsage } from '@claviger/domain';
import type { CustomerMasterKeySpec, KeySpec as AwsKeySpec, KeyUsageType } from '../model/enums.js';
import { unsupported } from './arguments.js';

const RSA: readonly KeyUsageType[] = ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'];
const NIST_CURVE: readonly KeyUsageType[] = ['SIGN_VERIFY', 'KEY_AGREEMENT'];
const SIGNING: readonly KeyUsageType[] = ['SIGN_VERIFY'];
const HMAC: readonly KeyUsageType[] = ['GENERATE_VERIFY_MAC'];
const ML_KEM: readonly KeyUsageType[] = ['ENCAPSULATE_DECAPSULATE'];

/** Usages of each spec of the model (developer guide, "Key spec reference"), also of those that are not offered here. */
const USAGES: Readonly<Record<AwsKeySpec, readonly KeyUsageType[]>> = {
  SYMMETRIC_DEFAULT: ['ENCRYPT_DECRYPT'],
  RSA_2048: RSA,
  RSA_3072: RSA,
  RSA_4096: RSA,
  ECC_NIST_P256: NIST_CURVE,
  ECC_NIST_P384: NIST_CURVE,
  ECC_NIST_P521: NIST_CURVE,
  ECC_SECG_P256K1: SIGNING,
  ECC_NIST_EDWARDS25519: SIGNING,
  HMAC_224: HMAC,
  HMAC_256: HMAC,
  HMAC_384: HMAC,
  HMAC_512: HMAC,
  ML_DSA_44: SIGNING,
  ML_DSA_65: SIGNING,
  ML_DSA_87: SIGNING,
  ML_KEM_512: ML_KEM,
  ML_KEM_768: ML_KEM,
  ML_KEM_1024: ML_KEM,
  SM2: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'],
};

/**
 * Spec and usage that CreateKey asks for. What AWS would refuse is refused as it does, before what is not offered here.
 * @throws KmsError Validation, Unsupported
 */
export function readSpecAndUsage(input: {
  readonly KeySpec: AwsKeySpec | undefined;
  readonly CustomerMasterKeySpec: CustomerMasterKeySpec | undefined;
  readonly KeyUsage: KeyUsageType | undefined;
}): { readonly spec: KeySpec; readonly usage: KeyUsage } {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined) {
    throw new KmsError(
      'Validation',
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
      { argument: 'KeySpec' },
    );
  }
  const asked = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const askedUsage = input.KeyUsage ?? (asked === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined);
  if (askedUsage === undefined) {
    throw new KmsError(
      'Validation',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
      { argument: 'KeyUsage' },
    );
  }
  if (!USAGES[asked].includes(askedUsage)) {
    throw new KmsError('Validation', `KeyUsage ${askedUsage} is not compatible with KeySpec ${asked}`, {
      argument: 'KeyUsage',
    });
  }
  const spec = KEY_SPECS.find((offered) => offered === asked);
  const usage = KEY_USAGES.find((offered) => offered === askedUsage);
  if (spec === undefined) {
    throw unsupported(`KeySpec ${asked} is not offered by this service.`);
  }
  if (usage === undefined) {
    throw unsupported(`KeyUsage ${askedUsage} is not offered by this service.`);
  }
  return { spec, usage };
}
