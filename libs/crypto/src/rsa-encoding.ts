import { hash } from 'node:crypto';
import { constantTimeEqual } from './constant-time.js';
import { HASH_LENGTH, type HashName } from './algorithms.js';

// Encodings of an already hashed message (RFC 8017 section 9), for signatures over a DIGEST: node:crypto hashes whatever it signs.

/** DER of DigestInfo up to the digest (RFC 8017 section 9.2, note 1). */
const DIGEST_INFO: Readonly<Partial<Record<HashName, string>>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): 00 01 FF… 00 DigestInfo, `length` bytes. */
export function encodePkcs1(hashName: HashName, digest: Uint8Array, length: number): Uint8Array {
  const prefix = DIGEST_INFO[hashName];
  if (prefix === undefined) throw new TypeError(`${hashName} is not offered for RSASSA-PKCS1-v1_5`);
  const info = Buffer.concat([Buffer.from(prefix, 'hex'), digest]);
  if (length < info.length + 11) throw new TypeError('modulus too short for this hash');
  const encoded = new Uint8Array(length).fill(0xff);
  encoded[0] = 0x00;
  encoded[1] = 0x01;
  encoded[length - info.length - 1] = 0x00;
  encoded.set(info, length - info.length);
  return encoded;
}

/**
 * EMSA-PSS-ENCODE (RFC 8017 section 9.1.1) with MGF1 over the same hash; the salt's length is that of the digest.
 * @param emBits bits of the result: those of the modulus minus one
 */
export function encodePss(hashName: HashName, digest: Uint8Array, salt: Uint8Array, emBits: number): Uint8Array {
  const hLen = HASH_LENGTH[hashName];
  const emLen = Math.ceil(emBits / 8);
  if (emLen < 2 * hLen + 2) throw new TypeError('modulus too short for this hash');
  const h = hash(hashName, Buffer.concat([new Uint8Array(8), digest, salt]), 'buffer'); // step 6
  const dbLen = emLen - hLen - 1;
  const db = new Uint8Array(dbLen);
  db[dbLen - hLen - 1] = 0x01; // step 8: PS ‖ 01 ‖ salt
  db.set(salt, dbLen - hLen);
  xorInto(db, mgf1(hashName, h, dbLen)); // step 10
  db[0] = (db[0] ?? 0) & unusedBitsMask(emLen, emBits); // step 11
  const encoded = new Uint8Array(emLen);
  encoded.set(db);
  encoded.set(h, dbLen);
  encoded[emLen - 1] = 0xbc;
  return encoded;
}

/** EMSA-PSS-VERIFY (RFC 8017 section 9.1.2), salt as long as the digest. No part of the encoding is secret. */
export function verifyPss(hashName: HashName, digest: Uint8Array, encoded: Uint8Array, emBits: number): boolean {
  const hLen = HASH_LENGTH[hashName];
  const emLen = Math.ceil(emBits / 8);
  if (encoded.length !== emLen || emLen < 2 * hLen + 2 || encoded[emLen - 1] !== 0xbc) return false; // steps 3, 4
  const dbLen = emLen - hLen - 1;
  const db = Uint8Array.from(encoded.subarray(0, dbLen));
  const h = encoded.subarray(dbLen, emLen - 1);
  const mask = unusedBitsMask(emLen, emBits);
  if (((db[0] ?? 0) & ~mask) !== 0) return false; // step 6
  xorInto(db, mgf1(hashName, h, dbLen)); // step 8
  db[0] = (db[0] ?? 0) & mask; // step 9
  const separator = dbLen - hLen - 1;
  for (let i = 0; i < separator; i++) if (db[i] !== 0) return false; // step 10
  if (db[separator] !== 0x01) return false;
  const expected = hash(hashName, Buffer.concat([new Uint8Array(8), digest, db.subarray(separator + 1)]), 'buffer');
  return constantTimeEqual(h, expected); // step 14
}

/** MGF1 (RFC 8017 appendix B.2.1). */
function mgf1(hashName: HashName, seed: Uint8Array, length: number): Uint8Array {
  const hLen = HASH_LENGTH[hashName];
  const mask = new Uint8Array(Math.ceil(length / hLen) * hLen);
  const input = Buffer.alloc(seed.length + 4);
  input.set(seed);
  for (let counter = 0; counter * hLen < length; counter++) {
    input.writeUInt32BE(counter, seed.length);
    mask.set(hash(hashName, input, 'buffer'), counter * hLen);
  }
  return mask.subarray(0, length);
}

/** Keeps the used bits of the leftmost byte. */
function unusedBitsMask(emLen: number, emBits: number): number {
  return 0xff >> (8 * emLen - emBits);
}

function xorInto(target: Uint8Array, mask: Uint8Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) ^ (mask[i] ?? 0);
}
