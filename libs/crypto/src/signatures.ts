import type { KeyObject } from 'node:crypto';
import { allowsMessageType, type MessageType, type SigningAlgorithm } from './algorithms.js';
import { signEcdsa, verifyEcdsa } from './ecdsa.js';
import { signEd25519, signEd25519ph, verifyEd25519, verifyEd25519ph } from './ed25519.js';
import type { RandomSource } from './random.js';
import { signRsa, verifyRsa } from './rsa-signature.js';

/**
 * Signs under any signing algorithm; the forms are those of AWS (ECDSA in DER). RSA and the larger curves run in libuv's pool for RAW
 * messages; see `signingRoad` for what runs where.
 *
 * @param random draws PSS salts and hedges ECDSA nonces of DIGEST signatures
 * @throws TypeError if key, algorithm, message type or digest length do not belong together
 */
export async function signMessage(
  privateKey: KeyObject,
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
  random: RandomSource,
): Promise<Uint8Array> {
  requireMessageType(algorithm, messageType);
  switch (algorithm) {
    case 'RSASSA_PSS_SHA_256':
    case 'RSASSA_PSS_SHA_384':
    case 'RSASSA_PSS_SHA_512':
    case 'RSASSA_PKCS1_V1_5_SHA_256':
    case 'RSASSA_PKCS1_V1_5_SHA_384':
    case 'RSASSA_PKCS1_V1_5_SHA_512':
      return signRsa(privateKey, algorithm, messageType, message, random);
    case 'ECDSA_SHA_256':
    case 'ECDSA_SHA_384':
    case 'ECDSA_SHA_512':
      return signEcdsa(privateKey, algorithm, messageType, message, random);
    case 'ED25519_SHA_512':
      return signEd25519(privateKey, message);
    case 'ED25519_PH_SHA_512':
      return signEd25519ph(privateKey, message);
  }
}

/** @throws TypeError if key, algorithm and message type do not belong together; whatever is wrong with the signature is `false` */
export async function verifyMessage(
  publicKey: KeyObject,
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  requireMessageType(algorithm, messageType);
  switch (algorithm) {
    case 'RSASSA_PSS_SHA_256':
    case 'RSASSA_PSS_SHA_384':
    case 'RSASSA_PSS_SHA_512':
    case 'RSASSA_PKCS1_V1_5_SHA_256':
    case 'RSASSA_PKCS1_V1_5_SHA_384':
    case 'RSASSA_PKCS1_V1_5_SHA_512':
      return verifyRsa(publicKey, algorithm, messageType, message, signature);
    case 'ECDSA_SHA_256':
    case 'ECDSA_SHA_384':
    case 'ECDSA_SHA_512':
      return verifyEcdsa(publicKey, algorithm, messageType, message, signature);
    case 'ED25519_SHA_512':
      return verifyEd25519(publicKey, message, signature);
    case 'ED25519_PH_SHA_512':
      return verifyEd25519ph(publicKey, message, signature);
  }
}

/**
 * Where a signature is computed: `inline` (under 0.15 ms on the calling thread), `pool` (libuv's pool), or `blocking` (0.3 to 8 ms on
 * the calling thread, for want of a native asynchronous form: move such calls to a worker thread).
 */
export type SigningRoad = 'inline' | 'pool' | 'blocking';

export function signingRoad(operation: 'sign' | 'verify', key: KeyObject, messageType: MessageType): SigningRoad {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (operation === 'verify') return 'inline';
      return messageType === 'RAW' ? 'pool' : 'blocking';
    case 'ec':
      if (messageType === 'DIGEST') return 'blocking';
      return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'inline' : 'pool';
    default:
      return messageType === 'RAW' ? 'inline' : 'blocking';
  }
}

function requireMessageType(algorithm: SigningAlgorithm, messageType: MessageType): void {
  if (!allowsMessageType(algorithm, messageType))
    throw new TypeError(`${algorithm} takes no message of type ${messageType}`);
}
