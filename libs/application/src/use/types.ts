import type {
  EncryptionAlgorithm,
  KeySpec,
  KeyUsage,
  MacAlgorithm,
  MaterialToken,
  SigningAlgorithm,
} from '@claviger/domain';
import type { KeyReference } from '../key-reference.js';

/** String pairs, bound to the ciphertext as additional authenticated data. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** What every use of a key answers with. */
export interface Used {
  readonly keyArn: string;
  readonly version: number;
}

export interface EncryptInput {
  readonly key: KeyReference;
  /** 1 to 4096 bytes. */
  readonly plaintext: Uint8Array;
  readonly context: EncryptionContext;
  readonly algorithm: EncryptionAlgorithm;
  /** All checks, no use: ends in KmsError `DryRun`. */
  readonly dryRun: boolean;
}
export interface EncryptResult extends Used {
  readonly ciphertext: Uint8Array;
  readonly algorithm: EncryptionAlgorithm;
}

export interface DecryptInput {
  /** Required for RSA; for own ciphertext optional, and must then name the key inside. */
  readonly key: KeyReference | null;
  readonly ciphertext: Uint8Array;
  readonly context: EncryptionContext;
  readonly algorithm: EncryptionAlgorithm;
  readonly dryRun: boolean;
  /** RSA only, through the admin API: this version and no other. */
  readonly version: number | null;
}
export interface DecryptResult extends Used {
  readonly plaintext: Uint8Array;
  /** 64 hex digits that name the symmetric material that was used; null for RSA. */
  readonly materialId: string | null;
  readonly algorithm: EncryptionAlgorithm;
}

export interface ReEncryptInput {
  readonly ciphertext: Uint8Array;
  readonly sourceKey: KeyReference | null;
  readonly sourceContext: EncryptionContext;
  readonly sourceAlgorithm: EncryptionAlgorithm;
  readonly destinationKey: KeyReference;
  readonly destinationContext: EncryptionContext;
  readonly destinationAlgorithm: EncryptionAlgorithm;
  readonly dryRun: boolean;
}
export interface ReEncryptResult extends Used {
  readonly ciphertext: Uint8Array;
  readonly sourceKeyArn: string;
  readonly sourceVersion: number;
  /** As in DecryptResult. */
  readonly sourceMaterialId: string | null;
  readonly materialId: string | null;
  readonly sourceAlgorithm: EncryptionAlgorithm;
  readonly destinationAlgorithm: EncryptionAlgorithm;
}

export interface GenerateDataKeyInput {
  readonly key: KeyReference;
  /** 1 to 1024 bytes. */
  readonly length: number;
  readonly context: EncryptionContext;
  readonly dryRun: boolean;
}
export interface GenerateDataKeyResult extends Used {
  readonly ciphertext: Uint8Array;
  /** The data key in the clear; the caller wipes it once the answer is written. */
  readonly plaintext: Uint8Array;
  readonly materialId: string | null;
}

export interface SignInput {
  readonly key: KeyReference;
  readonly message: Uint8Array;
  readonly messageType: 'RAW' | 'DIGEST';
  readonly algorithm: SigningAlgorithm;
  readonly dryRun: boolean;
}
export interface SignResult extends Used {
  readonly signature: Uint8Array;
  readonly algorithm: SigningAlgorithm;
}

/** Answers only when the signature is good; else KmsError `InvalidSignature`. */
export interface VerifyInput extends SignInput {
  readonly signature: Uint8Array;
  /** Through the admin API: this version and no other. */
  readonly version: number | null;
}
export interface VerifyResult extends Used {
  readonly algorithm: SigningAlgorithm;
}

export interface GenerateMacInput {
  readonly key: KeyReference;
  readonly message: Uint8Array;
  readonly algorithm: MacAlgorithm;
  readonly dryRun: boolean;
}
export interface GenerateMacResult extends Used {
  readonly mac: Uint8Array;
  readonly algorithm: MacAlgorithm;
}
/** Answers only when the MAC is good; else KmsError `InvalidMac`. */
export interface VerifyMacInput extends GenerateMacInput {
  readonly mac: Uint8Array;
  readonly version: number | null;
}
export interface VerifyMacResult extends Used {
  readonly algorithm: MacAlgorithm;
}

export interface GetPublicKeyInput {
  readonly key: KeyReference;
  readonly dryRun: boolean;
}
export interface GetPublicKeyResult extends Used {
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly encryptionAlgorithms: readonly EncryptionAlgorithm[];
  readonly signingAlgorithms: readonly SigningAlgorithm[];
  /** The token that has the key; null: the software HSM. */
  readonly token: MaterialToken | null;
}
