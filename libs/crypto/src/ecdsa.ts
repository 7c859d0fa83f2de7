import { sign, verify, type KeyObject } from 'node:crypto';
import { hashOf, HASH_LENGTH, type EcdsaAlgorithm, type MessageType } from './algorithms.js';
import { CURVES, curveOf, type CurveFacts, type EcCurve } from './curves.js';
import { fromDer, fromP1363, toDer, toP1363, type RS } from './ecdsa-encoding.js';
import { draw, type RandomSource } from './random.js';

// ECDSA (FIPS 186-5 section 6) over P-256, P-384, P-521 and secp256k1.
//
// RAW is OpenSSL's: P-256 inline (25 µs to sign, 57 µs to verify), the other curves in libuv's pool (0.3 to 1.6 ms). node:crypto
// cannot sign or verify a DIGEST (it would hash it again), so that is @noble/curves', inline: 0.7 to 1.8 ms to sign, 1.5 to 7.5 ms to
// verify. Where that matters, call it in a worker thread (KeyObjects can be posted to one).

/** `der` (RFC 3279, the wire form of AWS) or `p1363` (r ‖ s, the form of JOSE). */
export type EcdsaForm = 'der' | 'p1363';

export interface EcdsaVerifyOptions {
  readonly form?: EcdsaForm;
  /** Refuse s above half the order, as Bitcoin and Ethereum do; the default accepts both. */
  readonly requireLowS?: boolean;
}

/**
 * Signs. On secp256k1 s is always in the lower half (BIP 146), since verifiers there refuse the other one.
 * @param random hedges the nonce of a DIGEST signature (RFC 6979 section 3.6)
 * @throws TypeError if the key is no private key on one of the four curves, or a DIGEST has not the length of its hash
 */
export async function signEcdsa(
  privateKey: KeyObject,
  algorithm: EcdsaAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
  random: RandomSource,
  form: EcdsaForm = 'der',
): Promise<Uint8Array> {
  const name = requireCurve(privateKey);
  const curve = CURVES[name];
  if (messageType === 'DIGEST') return signDigest(privateKey, name, algorithm, message, random, form);
  // secp256k1 comes as r ‖ s, since its s may have to be changed.
  const native = name === 'secp256k1' ? 'p1363' : form;
  const signature = await nativeSign(hashOf(algorithm), message, privateKey, native, curve.inline);
  if (name !== 'secp256k1') return signature;
  const { r, s } = fromP1363(signature);
  return encode({ r, s: lower(s, curve) }, curve, form);
}

/**
 * Whether `signature` is one of `message` under the key. A malformed signature, or a DIGEST of another length, is `false`.
 * @throws TypeError if the key is not on one of the four curves
 */
export async function verifyEcdsa(
  publicKey: KeyObject,
  algorithm: EcdsaAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
  signature: Uint8Array,
  options: EcdsaVerifyOptions = {},
): Promise<boolean> {
  const curve = CURVES[requireCurve(publicKey)];
  const form = options.form ?? 'der';
  // Parsed here first: one strict reading for both engines, whatever their own parsers let pass.
  const rs = decode(signature, curve, form);
  if (rs === undefined || (options.requireLowS === true && isHigh(rs.s, curve))) return false;
  if (messageType === 'RAW') return nativeVerify(hashOf(algorithm), message, publicKey, form, signature, curve.inline);
  if (message.length !== HASH_LENGTH[hashOf(algorithm)]) return false;
  const point = publicKey.export({ format: 'raw-public' });
  return curve.noble.verify(toP1363(rs, curve.length), message, point, { prehash: false, lowS: false });
}

function signDigest(
  privateKey: KeyObject,
  name: EcCurve,
  algorithm: EcdsaAlgorithm,
  digest: Uint8Array,
  random: RandomSource,
  form: EcdsaForm,
): Uint8Array {
  const expected = HASH_LENGTH[hashOf(algorithm)];
  if (digest.length !== expected) throw new TypeError(`a digest of ${algorithm} has ${expected} bytes`);
  const curve = CURVES[name];
  const scalar = privateKey.export({ format: 'raw-private' });
  try {
    const signature = curve.noble.sign(digest, scalar, {
      prehash: false,
      lowS: name === 'secp256k1',
      extraEntropy: draw(random, 32),
    });
    return form === 'p1363' ? signature : toDer(fromP1363(signature));
  } finally {
    scalar.fill(0);
  }
}

function nativeSign(
  hashName: string,
  message: Uint8Array,
  key: KeyObject,
  form: EcdsaForm,
  inline: boolean,
): Uint8Array | Promise<Uint8Array> {
  const options = { key, dsaEncoding: nodeForm(form) };
  if (inline) return sign(hashName, message, options);
  return new Promise((resolve, reject) => {
    sign(hashName, message, options, (error, signature) => {
      if (error) reject(error);
      else resolve(signature);
    });
  });
}

function nativeVerify(
  hashName: string,
  message: Uint8Array,
  key: KeyObject,
  form: EcdsaForm,
  signature: Uint8Array,
  inline: boolean,
): boolean | Promise<boolean> {
  const options = { key, dsaEncoding: nodeForm(form) };
  if (inline) return verify(hashName, message, options, signature);
  return new Promise((resolve, reject) => {
    verify(hashName, message, options, signature, (error, valid) => {
      if (error) reject(error);
      else resolve(valid);
    });
  });
}

function nodeForm(form: EcdsaForm): 'der' | 'ieee-p1363' {
  return form === 'der' ? 'der' : 'ieee-p1363';
}

/** `undefined` unless r and s lie in 1 … n−1 (FIPS 186-5 section 6.4.2, step 1). */
function decode(signature: Uint8Array, curve: CurveFacts, form: EcdsaForm): RS | undefined {
  if (form === 'p1363' && signature.length !== 2 * curve.length) return undefined;
  const rs = form === 'der' ? fromDer(signature) : fromP1363(signature);
  const order = curve.noble.Point.Fn.ORDER;
  if (rs === undefined || rs.r < 1n || rs.r >= order || rs.s < 1n || rs.s >= order) return undefined;
  return rs;
}

function encode(rs: RS, curve: CurveFacts, form: EcdsaForm): Uint8Array {
  return form === 'der' ? toDer(rs) : toP1363(rs, curve.length);
}

function isHigh(s: bigint, curve: CurveFacts): boolean {
  return s > curve.noble.Point.Fn.ORDER >> 1n;
}

function lower(s: bigint, curve: CurveFacts): bigint {
  return isHigh(s, curve) ? curve.noble.Point.Fn.ORDER - s : s;
}

function requireCurve(key: KeyObject): EcCurve {
  const curve = curveOf(key);
  if (curve === undefined) throw new TypeError('an EC key on P-256, P-384, P-521 or secp256k1 is needed');
  return curve;
}
