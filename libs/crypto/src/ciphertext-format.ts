import { AEAD_SIZES, type AeadAlgorithm, type Encrypted } from './aead-types.js';
import { formatUuid, parseUuid } from './uuid.js';

/*
 * Ciphertext of a symmetric key, format version 1. Integers are big-endian.
 *
 *   0   3  magic "CLV"
 *   3   1  format version, 1
 *   4  16  key id
 *  20   4  key version
 *  24   1  algorithm: 1 AES_128_GCM, 2 AES_256_GCM, 3 XCHACHA20_POLY1305
 *  25      IV (12 or 24), ciphertext, tag (16)
 *
 * The additional data are the 25 bytes before the IV, then the canonical encryption context in UTF-8. The header has one length, so
 * the concatenation is unambiguous, and changing any field makes decryption fail.
 */

const MAGIC = Buffer.from('434c5601', 'hex');
const HEADER_LENGTH = 25;
const MAX_VERSION = 0xffffffff;

/** Longest ciphertext in bytes, that of the wire (AWS KMS: CiphertextBlob). */
export const MAX_CIPHERTEXT_LENGTH = 6144;

const ALGORITHM_ID: Readonly<Record<AeadAlgorithm, number>> = { AES_128_GCM: 1, AES_256_GCM: 2, XCHACHA20_POLY1305: 3 };
const ALGORITHM_BY_ID: readonly (AeadAlgorithm | undefined)[] = [
  undefined,
  'AES_128_GCM',
  'AES_256_GCM',
  'XCHACHA20_POLY1305',
];

export interface CiphertextFields {
  /** UUID in canonical lower-case form. */
  readonly keyId: string;
  /** Key version, an unsigned integer of 32 bits. */
  readonly version: number;
  readonly algorithm: AeadAlgorithm;
}

export type CiphertextParts = Encrypted & { readonly iv: Uint8Array };

/** The arrays are views into the parsed bytes: they change if those do. */
export interface ParsedCiphertext extends CiphertextFields {
  /** The bytes before the IV, as `ciphertextAad` takes them. */
  readonly header: Uint8Array;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** The 25 bytes before the IV. @throws TypeError if a field is out of its range */
export function ciphertextHeader({ keyId, version, algorithm }: CiphertextFields): Uint8Array {
  const id = parseUuid(keyId);
  if (id === undefined) throw new TypeError('key id is not a canonical UUID');
  if (!Number.isInteger(version) || version < 0 || version > MAX_VERSION)
    throw new TypeError('key version is not a u32');
  const header = Buffer.alloc(HEADER_LENGTH);
  header.set(MAGIC);
  header.set(id, 4);
  header.writeUInt32BE(version, 20);
  header[24] = ALGORITHM_ID[algorithm];
  return header;
}

/** Additional authenticated data: the header, then the text that `canonicalContext` makes of the encryption context. */
export function ciphertextAad(header: Uint8Array, canonicalContext: string): Uint8Array {
  return canonicalContext === '' ? header : Buffer.concat([header, Buffer.from(canonicalContext, 'utf8')]);
}

/**
 * The whole ciphertext, from a header that `ciphertextHeader` made: the same that entered the additional data.
 * @throws TypeError if IV or tag have not the algorithm's size, or the result exceeds 6144 bytes
 */
export function encodeCiphertext(header: Uint8Array, { iv, ciphertext, tag }: CiphertextParts): Uint8Array {
  const algorithm = header.length === HEADER_LENGTH ? ALGORITHM_BY_ID[header[24] ?? 0] : undefined;
  if (algorithm === undefined) throw new TypeError('not the header of a ciphertext');
  const sizes = AEAD_SIZES[algorithm];
  if (iv.length !== sizes.iv || tag.length !== sizes.tag)
    throw new TypeError(`IV or tag have not the size of ${algorithm}`);
  const encoded = Buffer.concat([header, iv, ciphertext, tag]);
  if (encoded.length > MAX_CIPHERTEXT_LENGTH) throw new TypeError(`ciphertext exceeds ${MAX_CIPHERTEXT_LENGTH} bytes`);
  return encoded;
}

/** Splits a ciphertext; `undefined` for whatever `encodeCiphertext` could not have made. Says nothing about authenticity. */
export function parseCiphertext(bytes: Uint8Array): ParsedCiphertext | undefined {
  if (bytes.length < HEADER_LENGTH || bytes.length > MAX_CIPHERTEXT_LENGTH) return undefined;
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) return undefined;
  const algorithm = ALGORITHM_BY_ID[bytes[24] ?? 0];
  if (algorithm === undefined) return undefined;
  const sizes = AEAD_SIZES[algorithm];
  const ciphertextStart = HEADER_LENGTH + sizes.iv;
  const tagStart = bytes.length - sizes.tag;
  if (tagStart < ciphertextStart) return undefined;
  return {
    keyId: formatUuid(bytes.subarray(4, 20)),
    version: new DataView(bytes.buffer, bytes.byteOffset, HEADER_LENGTH).getUint32(20),
    algorithm,
    header: bytes.subarray(0, HEADER_LENGTH),
    iv: bytes.subarray(HEADER_LENGTH, ciphertextStart),
    ciphertext: bytes.subarray(ciphertextStart, tagStart),
    tag: bytes.subarray(tagStart),
  };
}
