import { createHash } from 'node:crypto';
import type { KeySpec } from '@claviger/domain';
import type { Handle } from './cryptoki.js';
import { ecbEncrypt, hmac } from './operations.js';
import type { TokenSession } from './session.js';
import { FORMS } from './spec-forms.js';

/**
 * Two blocks whose last four bytes are zero: GCM with its IVs of 96 bits counts from 1 there (SP 800-38D 7.1), and its hash key comes
 * from the block of all zeros, so that neither is ever one of these.
 */
const BLOCKS = Buffer.concat(
  ['claviger-fp1', 'claviger-fp2'].map((text) => Buffer.concat([Buffer.from(text), Buffer.alloc(4)])),
);
const MESSAGE = Buffer.from('claviger fingerprint of an HMAC key', 'utf8');

/**
 * 32 bytes that name a secret key: SHA-256 over what the key makes, inside the token, of a constant. What it made is hashed so that
 * not even a MAC of it gets out.
 */
export function fingerprintOfSecret(session: TokenSession, spec: KeySpec, key: Handle): Buffer {
  return createHash('sha256')
    .update('claviger fingerprint\0')
    .update(madeOfConstant(session, spec, key))
    .digest();
}

/** SHA-256 of SubjectPublicKeyInfo. */
export function fingerprintOfPublic(spki: Uint8Array): Buffer {
  return createHash('sha256').update(spki).digest();
}

function madeOfConstant(session: TokenSession, spec: KeySpec, key: Handle): Buffer {
  const form = FORMS[spec];
  switch (form.kind) {
    case 'aes':
      return ecbEncrypt(session, key, BLOCKS);
    case 'hmac':
      return hmac(session, key, form.mechanism, MESSAGE);
    case 'rsa':
    case 'ec':
    case 'ed25519':
    case 'unknown':
      throw new RangeError(`${spec} is no secret key`);
  }
}
