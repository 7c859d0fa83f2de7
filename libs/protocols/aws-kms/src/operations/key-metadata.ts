import {
  activeVersionOf,
  isSymmetric,
  type KeyAlgorithm,
  type KeyAttributes,
  type KeySpec,
  type KeyState,
  keyStateForAws,
  SPEC_FACTS,
  tokenOffers,
} from '@claviger/domain';
import type { CustomerMasterKeySpec, KeySpec as AwsKeySpec } from '../model/enums.js';
import type { OperationOutputs } from '../model/outputs.js';

type KeyMetadata = NonNullable<OperationOutputs['DescribeKey']['KeyMetadata']>;
type SpecMembers = Pick<
  KeyMetadata,
  'KeySpec' | 'CustomerMasterKeySpec' | 'KeyUsage' | 'EncryptionAlgorithms' | 'SigningAlgorithms' | 'MacAlgorithms'
>;

/** @param currentMaterial names the ACTIVE version's material; null where it is not symmetric or there is none */
export function keyMetadata(key: KeyAttributes, currentMaterial: string | null): KeyMetadata {
  const state = keyStateForAws(key);
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyState: state,
    DeletionDate: key.pendingDeletion === null ? undefined : new Date(key.pendingDeletion.deletionAt),
    Origin: key.origin,
    KeyManager: 'CUSTOMER',
    MultiRegion: false,
    CurrentKeyMaterialId: currentMaterial ?? undefined,
    ...specMembers(key),
  };
}

/** For a key right after a change. */
export function metadataOfState(key: KeyState): KeyMetadata {
  const active = isSymmetric(key.spec) ? activeVersionOf(key) : undefined;
  return keyMetadata(key, active?.material.fingerprint ?? null);
}

/** Spec, usage and algorithms in this protocol's terms: those that the key's device offers; lists that do not apply are absent. */
export function specMembers({ spec, usage, token }: Pick<KeyAttributes, 'spec' | 'usage' | 'token'>): SpecMembers {
  const { encryption, signing, mac } = SPEC_FACTS[spec];
  const offered = (algorithm: KeyAlgorithm): boolean => tokenOffers(token, algorithm);
  return {
    KeySpec: awsSpec(spec),
    CustomerMasterKeySpec: legacySpec(spec),
    KeyUsage: usage,
    EncryptionAlgorithms: usage === 'ENCRYPT_DECRYPT' ? encryption.filter(offered) : undefined,
    SigningAlgorithms: usage === 'SIGN_VERIFY' ? signing.filter(offered) : undefined,
    MacAlgorithms: usage === 'GENERATE_VERIFY_MAC' ? mac.filter(offered) : undefined,
  };
}

/** AES-128 and XChaCha20 keys, which only the admin API makes, behave like SYMMETRIC_DEFAULT to clients of this protocol. */
function awsSpec(spec: KeySpec): AwsKeySpec {
  return spec === 'AES_128' || spec === 'XCHACHA20_POLY1305' ? 'SYMMETRIC_DEFAULT' : spec;
}

/** The same value under the deprecated name, whose enumeration ends before Ed25519. */
function legacySpec(spec: KeySpec): CustomerMasterKeySpec | undefined {
  switch (spec) {
    case 'AES_128':
    case 'XCHACHA20_POLY1305':
      return 'SYMMETRIC_DEFAULT';
    case 'ECC_NIST_EDWARDS25519':
      return undefined;
    case 'SYMMETRIC_DEFAULT':
    case 'RSA_2048':
    case 'RSA_3072':
    case 'RSA_4096':
    case 'ECC_NIST_P256':
    case 'ECC_NIST_P384':
    case 'ECC_NIST_P521':
    case 'ECC_SECG_P256K1':
    case 'HMAC_224':
    case 'HMAC_256':
    case 'HMAC_384':
    case 'HMAC_512':
      return spec;
  }
}
