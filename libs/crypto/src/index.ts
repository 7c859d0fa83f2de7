export { AEAD_SIZES, type AeadAlgorithm, type Encrypted } from './aead-types.js';
export { aeadDecrypt, aeadEncrypt } from './aead.js';
export {
  allowsMessageType,
  digestLength,
  hashOf,
  type EcdsaAlgorithm,
  type Ed25519Algorithm,
  type HashName,
  type KeyPairSpec,
  type MacAlgorithm,
  type MessageType,
  type RsaOaepAlgorithm,
  type RsaPkcs1Algorithm,
  type RsaPssAlgorithm,
  type RsaSigningAlgorithm,
  type SigningAlgorithm,
} from './algorithms.js';
export { ARGON2ID_LEAST, ARGON2ID_SALT_LENGTH, argon2id, type Argon2idCost } from './argon2id.js';
export { canonicalContext, type EncryptionContext } from './canonical-context.js';
export { canonicalJson, type Json } from './canonical-json.js';
export {
  ciphertextAad,
  ciphertextHeader,
  encodeCiphertext,
  parseCiphertext,
  type CiphertextFields,
  type CiphertextParts,
  type ParsedCiphertext,
} from './ciphertext-format.js';
export { constantTimeEqual } from './constant-time.js';
export { verifyEcdsa, type EcdsaForm, type EcdsaVerifyOptions } from './ecdsa.js';
export { fromP1363, toDer, type RS } from './ecdsa-encoding.js';
export { verifyEd25519 } from './ed25519.js';
export { eventMac, MAC_LENGTH, rowMac, type EventMacInput } from './event-mac.js';
export { readFrames, type StreamedFrame } from './frame-stream.js';
export { HeadSum, type StreamHead } from './head-sum.js';
export { generateMac, macLength, verifyMac } from './hmac.js';
export { HmacSha256 } from './hmac-sha256.js';
export { IvSource } from './iv-source.js';
export {
  generateKeyPair,
  keyPairSpecOf,
  privateKeyFromPkcs8,
  publicKeyOf,
  spkiOf,
  type KeyPairDer,
} from './key-pair.js';
export { aesKeyUnwrap, aesKeyUnwrapPadded, aesKeyWrap, aesKeyWrapPadded } from './key-wrap.js';
export { importPublicKey } from './public-key-import.js';
export type { RandomSource } from './random.js';
export { createLinker, firstLink, LINK_LENGTH, type Linker } from './record-chain.js';
export {
  encodeFrame,
  encodeFrameInto,
  FRAME_HEADER_LENGTH,
  MAX_FRAME_PAYLOAD,
  parseFrame,
  type Frame,
} from './record-frame.js';
export {
  encodeRootKeyFile,
  parseRootKeyFile,
  ROOT_KEY_FILE_LENGTH,
  type RootKeyFileProblem,
} from './root-key-file.js';
export { ROOT_KEY_LENGTH, rootKeyId, type RootKeys, RootRing } from './root-ring.js';
export { rootWrappingKey, unwrapUnderRoot } from './root-wrapping.js';
export { rsaOaepDecrypt, rsaOaepEncrypt, rsaOaepMaxPlaintext } from './rsa-oaep.js';
export { signRsa, verifyRsa } from './rsa-signature.js';
export { encodeSealFile, openSealFile, parseSealFile, type SealFile } from './seal-file.js';
export {
  MOST_SHARES,
  type PassphraseUnlock,
  type SealFileHeader,
  type SealUnlock,
  SHARE_SET_PATTERN,
  type SharesUnlock,
  type TokenUnlock,
} from './seal-file-header.js';
export { SecretBytes } from './secret-bytes.js';
export { sha256Hex } from './sha256.js';
export { Sha256Stream } from './sha256-stream.js';
export { signingRoad, signMessage, verifyMessage, type SigningRoad } from './signatures.js';
export { parseUuid, uuidV5, uuidV7, uuidV8FromBytes } from './uuid.js';
export { openXChaCha, sealXChaCha } from './xchacha.js';
