import type { EncryptionContext } from '@claviger/application';
import { type EncryptionAlgorithm, KmsError, type SigningAlgorithm } from '@claviger/domain';
import type { EncryptionAlgorithmSpec, MessageType, SigningAlgorithmSpec } from '../model/enums.js';

/** Arguments that several operations share: what the service offers of the model, and what it says about the rest. */

export const unsupported = (message: string): KmsError => new KmsError('Unsupported', message);

/** @throws KmsError Unsupported for the algorithm of China Regions */
export function encryptionAlgorithm(name: EncryptionAlgorithmSpec | undefined): EncryptionAlgorithm {
  switch (name) {
    case undefined:
      return 'SYMMETRIC_DEFAULT';
    case 'SM2PKE':
      throw unsupported(`Algorithm ${name} is not offered by this service.`);
    case 'SYMMETRIC_DEFAULT':
    case 'RSAES_OAEP_SHA_1':
    case 'RSAES_OAEP_SHA_256':
      return name;
  }
}

/** @throws KmsError Unsupported for algorithms of key specs that are not offered */
export function signingAlgorithm(name: SigningAlgorithmSpec): SigningAlgorithm {
  switch (name) {
    case 'SM2DSA':
    case 'ML_DSA_SHAKE_256':
      throw unsupported(`Algorithm ${name} is not offered by this service.`);
    case 'RSASSA_PSS_SHA_256':
    case 'RSASSA_PSS_SHA_384':
    case 'RSASSA_PSS_SHA_512':
    case 'RSASSA_PKCS1_V1_5_SHA_256':
    case 'RSASSA_PKCS1_V1_5_SHA_384':
    case 'RSASSA_PKCS1_V1_5_SHA_512':
    case 'ECDSA_SHA_256':
    case 'ECDSA_SHA_384':
    case 'ECDSA_SHA_512':
    case 'ED25519_SHA_512':
    case 'ED25519_PH_SHA_512':
      return name;
  }
}

/** @throws KmsError Validation for the form that belongs to ML-DSA alone */
export function messageType(type: MessageType | undefined, algorithm: SigningAlgorithm): 'RAW' | 'DIGEST' {
  if (type === 'EXTERNAL_MU') {
    throw new KmsError('Validation', `MessageType ${type} is not valid for algorithm ${algorithm}.`, {
      argument: 'MessageType',
    });
  }
  return type ?? 'RAW';
}

const NO_CONTEXT: EncryptionContext = Object.freeze({});
/** The context goes into the call's record, whose size is bounded. */
const MOST_CONTEXT_BYTES = 8192;

/** @throws KmsError Validation for a context that is too large */
export function encryptionContext(
  given: Readonly<Record<string, string>> | undefined,
  argument = 'EncryptionContext',
): EncryptionContext {
  if (given === undefined) {
    return NO_CONTEXT;
  }
  let bytes = 0;
  for (const name of Object.keys(given)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(given[name] ?? '');
  }
  if (bytes > MOST_CONTEXT_BYTES) {
    throw new KmsError(
      'Validation',
      `${argument} has ${bytes} bytes in its names and values, at most ${MOST_CONTEXT_BYTES} are allowed.`,
      { argument },
    );
  }
  return given;
}

/** Answers for an attested enclave only: there is none here. @throws KmsError Unsupported */
export function refuseRecipient(recipient: object | undefined): void {
  if (recipient !== undefined) {
    throw unsupported('Recipient is not supported: this service has no attested enclaves.');
  }
}

/** A dry run checks everything, the ciphertext too. @throws KmsError Unsupported */
export function ciphertextOf(ciphertext: Uint8Array | undefined, modifiers: readonly string[] | undefined): Uint8Array {
  if (ciphertext === undefined || (modifiers !== undefined && modifiers.length > 0)) {
    throw unsupported('DryRunModifiers are not supported.');
  }
  return ciphertext;
}
