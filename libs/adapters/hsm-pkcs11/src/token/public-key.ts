import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { KeySpec, KeyUsage, SigningAlgorithm } from '@claviger/domain';
import { CKA } from './ck.js';
import type { Handle } from './cryptoki.js';
import { Absent } from './failure.js';
import { sign } from './operations.js';
import type { TokenSession } from './session.js';
import { checkAlgorithmOf, FORMS } from './spec-forms.js';

/** The public half of `key`, from its own object, if both belong together. */
export function publicKeyOf(session: TokenSession, spec: KeySpec, usage: KeyUsage, pair: PairObjects): KeyObject {
  const publicKey = readPublicKey(session, spec, pair.publicKey);
  if (usage === 'ENCRYPT_DECRYPT') requireSameModulus(session, pair);
  else requireSignatureOf(session, spec, pair.key, publicKey);
  return publicKey;
}

export interface PairObjects {
  readonly key: Handle;
  readonly publicKey: Handle;
}

/** SubjectPublicKeyInfo in DER. */
export function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' });
}

function readPublicKey(session: TokenSession, spec: KeySpec, object: Handle): KeyObject {
  const form = FORMS[spec];
  try {
    switch (form.kind) {
      case 'rsa': {
        const [n, e] = session.read(object, [CKA.MODULUS, CKA.PUBLIC_EXPONENT]);
        return fromJwk({ kty: 'RSA', n: base64url(n), e: base64url(e) });
      }
      case 'ec': {
        const point = pointOf(session, object, 1 + 2 * form.length);
        if (point[0] !== 0x04) throw new Absent('the public key is no uncompressed point');
        const [x, y] = [point.subarray(1, 1 + form.length), point.subarray(1 + form.length)];
        return fromJwk({ kty: 'EC', crv: form.curve, x: base64url(x), y: base64url(y) });
      }
      case 'ed25519':
        return fromJwk({ kty: 'OKP', crv: 'Ed25519', x: base64url(pointOf(session, object, 32)) });
      case 'aes':
      case 'hmac':
      case 'unknown':
        throw new Absent(`${spec} has no public key`);
    }
  } catch (error) {
    // What OpenSSL does not take, e.g. a point that is not on its curve.
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_')) {
      throw new Absent('the public key on the token is none', { cause: error });
    }
    throw error;
  }
}

/** CKA_EC_POINT is an OCTET STRING in DER (PKCS #11 v2.40 section 2.3.3); some modules leave out its header. */
function pointOf(session: TokenSession, object: Handle, length: number): Buffer {
  const [value = Buffer.alloc(0)] = session.read(object, [CKA.EC_POINT]);
  if (value.length === length) return value;
  const header = length < 0x80 ? [0x04, length] : [0x04, 0x81, length];
  if (value.length === header.length + length && Buffer.from(header).equals(value.subarray(0, header.length))) {
    return value.subarray(header.length);
  }
  throw new Absent(`a point of ${length} bytes was expected on the token, found ${value.length} bytes`);
}

function fromJwk(key: Record<string, string>): KeyObject {
  return createPublicKey({ key, format: 'jwk' });
}

function base64url(bytes: Buffer | undefined): string {
  return (bytes ?? Buffer.alloc(0)).toString('base64url');
}

function requireSameModulus(session: TokenSession, { key, publicKey }: PairObjects): void {
  const [its] = session.read(key, [CKA.MODULUS]);
  const [theirs] = session.read(publicKey, [CKA.MODULUS]);
  if (its === undefined || theirs === undefined || its.length === 0 || !its.equals(theirs)) {
    throw new Absent('private and public key do not belong together');
  }
}

const CHECKED = Buffer.from('claviger: do these keys belong together?', 'utf8');

/** No attribute of a private EC key is the public one, so it has to show itself. The signature goes nowhere. */
function requireSignatureOf(session: TokenSession, spec: KeySpec, key: Handle, publicKey: KeyObject): void {
  const algorithm = checkAlgorithmOf(spec);
  if (algorithm === undefined) throw new Absent(`${spec} does not sign`);
  const signature = sign(session, key, algorithm, 'RAW', CHECKED);
  if (!verifies(publicKey, algorithm, CHECKED, signature)) {
    throw new Absent('private and public key do not belong together');
  }
}

/** A signature as the token makes it: ECDSA as r ∥ s. Only for the algorithms of `checkAlgorithmOf`. */
export function verifies(
  publicKey: KeyObject,
  algorithm: SigningAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const ecdsa = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  switch (algorithm) {
    case 'RSASSA_PKCS1_V1_5_SHA_256':
      return verify('sha256', message, publicKey, signature);
    case 'ECDSA_SHA_256':
      return verify('sha256', message, ecdsa, signature);
    case 'ECDSA_SHA_384':
      return verify('sha384', message, ecdsa, signature);
    case 'ECDSA_SHA_512':
      return verify('sha512', message, ecdsa, signature);
    case 'ED25519_SHA_512':
      return verify(null, message, publicKey, signature);
    default:
      return false;
  }
}
