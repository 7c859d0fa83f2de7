import { hash } from 'node:crypto';
import type { EncryptionAlgorithm, SigningAlgorithm } from '@claviger/domain';
import type { MessageType } from '@claviger/ports';
import { CKM, MGF1, OAEP_LABEL_GIVEN } from './ck.js';
import { type Handle, type Mechanism, PARAMETERS } from './cryptoki.js';
import type { TokenSession } from './session.js';

// The mechanisms, each as one call. Tokens get digests: not every module hashes and signs in one (SoftHSM has no CKM_ECDSA_SHA256), and
// a caller's digest goes the same way.

export const GCM_TAG_LENGTH = 16;

export function gcmEncrypt(
  session: TokenSession,
  key: Handle,
  iv: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): { ciphertext: Buffer; tag: Buffer } {
  const { module, handle } = session;
  module.C_EncryptInit(handle, gcm(iv, aad), key);
  const sealed = module.C_Encrypt(handle, asInput(plaintext), Buffer.alloc(plaintext.length + GCM_TAG_LENGTH));
  const end = sealed.length - GCM_TAG_LENGTH;
  if (end !== plaintext.length) throw new Error(`the token answered ${sealed.length} bytes for ${plaintext.length}`);
  return { ciphertext: sealed.subarray(0, end), tag: sealed.subarray(end) };
}

/** `sealed` is ciphertext ∥ tag. Throws what the module says of a bad tag. */
export function gcmDecrypt(
  session: TokenSession,
  key: Handle,
  iv: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
): Buffer {
  const { module, handle } = session;
  module.C_DecryptInit(handle, gcm(iv, aad), key);
  return module.C_Decrypt(handle, asInput(sealed), Buffer.alloc(sealed.length));
}

/** Single blocks; only for the fingerprint. */
export function ecbEncrypt({ module, handle }: TokenSession, key: Handle, blocks: Uint8Array): Buffer {
  module.C_EncryptInit(handle, { mechanism: CKM.AES_ECB }, key);
  return module.C_Encrypt(handle, asInput(blocks), Buffer.alloc(blocks.length + 16));
}

export function hmac({ module, handle }: TokenSession, key: Handle, mechanism: number, message: Uint8Array): Buffer {
  module.C_SignInit(handle, { mechanism }, key);
  return module.C_Sign(handle, asInput(message), Buffer.alloc(64));
}

const MAX_SIGNATURE = 512; // RSA-4096

/** ECDSA answers r ∥ s. */
export function sign(
  { module, handle }: TokenSession,
  key: Handle,
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
): Buffer {
  const { mechanism, input } = signing(algorithm, messageType, message);
  module.C_SignInit(handle, mechanism, key);
  return module.C_Sign(handle, asInput(input), Buffer.alloc(MAX_SIGNATURE));
}

export function oaepDecrypt(
  { module, handle }: TokenSession,
  key: Handle,
  algorithm: EncryptionAlgorithm,
  ciphertext: Uint8Array,
): Buffer {
  module.C_DecryptInit(handle, oaep(algorithm), key);
  return module.C_Decrypt(handle, asInput(ciphertext), Buffer.alloc(ciphertext.length));
}

function gcm(iv: Uint8Array, aad: Uint8Array): Mechanism {
  return {
    mechanism: CKM.AES_GCM,
    parameter: {
      type: PARAMETERS.AES_GCM_V240,
      iv: asInput(iv),
      ivBits: iv.length * 8,
      aad: asInput(aad),
      tagBits: GCM_TAG_LENGTH * 8,
    },
  };
}

/** The mask generation function uses the same hash (RFC 8017 sections 7.1, 9.1). */
function oaep(algorithm: EncryptionAlgorithm): Mechanism {
  const [hashAlg, mgf] = algorithm === 'RSAES_OAEP_SHA_1' ? [CKM.SHA_1, MGF1.SHA1] : [CKM.SHA256, MGF1.SHA256];
  return {
    mechanism: CKM.RSA_PKCS_OAEP,
    parameter: { type: PARAMETERS.RSA_OAEP, hashAlg, mgf, source: OAEP_LABEL_GIVEN },
  };
}

function signing(
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
): { mechanism: Mechanism; input: Uint8Array } {
  const digest = (name: string): Uint8Array => (messageType === 'DIGEST' ? message : hash(name, message, 'buffer'));
  switch (algorithm) {
    case 'RSASSA_PSS_SHA_256':
      return { mechanism: pss(CKM.SHA256, MGF1.SHA256, 32), input: digest('sha256') };
    case 'RSASSA_PSS_SHA_384':
      return { mechanism: pss(CKM.SHA384, MGF1.SHA384, 48), input: digest('sha384') };
    case 'RSASSA_PSS_SHA_512':
      return { mechanism: pss(CKM.SHA512, MGF1.SHA512, 64), input: digest('sha512') };
    case 'RSASSA_PKCS1_V1_5_SHA_256':
      return pkcs1('3031300d060960864801650304020105000420', digest('sha256'));
    case 'RSASSA_PKCS1_V1_5_SHA_384':
      return pkcs1('3041300d060960864801650304020205000430', digest('sha384'));
    case 'RSASSA_PKCS1_V1_5_SHA_512':
      return pkcs1('3051300d060960864801650304020305000440', digest('sha512'));
    case 'ECDSA_SHA_256':
      return { mechanism: { mechanism: CKM.ECDSA }, input: digest('sha256') };
    case 'ECDSA_SHA_384':
      return { mechanism: { mechanism: CKM.ECDSA }, input: digest('sha384') };
    case 'ECDSA_SHA_512':
      return { mechanism: { mechanism: CKM.ECDSA }, input: digest('sha512') };
    case 'ED25519_SHA_512':
      return { mechanism: { mechanism: CKM.EDDSA }, input: message };
    case 'ED25519_PH_SHA_512':
      // Its parameter (CK_EDDSA_PARAMS) is none that pkcs11js can pass.
      throw new RangeError('ED25519_PH_SHA_512 is not made on tokens');
  }
}

/** Salt as long as the digest, as AWS has it. */
function pss(hashAlg: number, mgf: number, saltLen: number): Mechanism {
  return { mechanism: CKM.RSA_PKCS_PSS, parameter: { type: PARAMETERS.RSA_PSS, hashAlg, mgf, saltLen } };
}

/** CKM_RSA_PKCS pads, but takes the DigestInfo ready made (RFC 8017 section 9.2, note 1). */
function pkcs1(prefix: string, digest: Uint8Array): { mechanism: Mechanism; input: Uint8Array } {
  return { mechanism: { mechanism: CKM.RSA_PKCS }, input: Buffer.concat([Buffer.from(prefix, 'hex'), digest]) };
}

/** pkcs11js takes Buffers. No bytes are a view of some: modules refuse the null pointer that an empty Buffer would be. */
function asInput(bytes: Uint8Array): Buffer {
  if (bytes.length === 0) return Buffer.alloc(16).subarray(0, 0);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
