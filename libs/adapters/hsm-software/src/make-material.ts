import { createHash } from 'node:crypto';
import {
  generateKeyPair,
  HmacSha256,
  type KeyPairSpec,
  macLength,
  type RandomSource,
  SecretBytes,
} from '@claviger/crypto';
import type { KeySpec } from '@claviger/domain';
import type { GeneratedMaterial } from '@claviger/ports';
import type { SlowLane } from './slow-lane.js';

/** New material: what is sealed (raw key, or PKCS#8 in DER), which the caller wipes, and its public part. */
export interface NewMaterial extends GeneratedMaterial {
  readonly secret: SecretBytes;
}

/** The kind of a spec's material: so many raw bytes, or a key pair. */
export type MaterialForm =
  | { readonly kind: 'raw'; readonly length: number }
  | { readonly kind: 'pair'; readonly spec: KeyPairSpec };

const raw = (length: number): MaterialForm => ({ kind: 'raw', length });

export function formOf(spec: KeySpec): MaterialForm {
  switch (spec) {
    case 'SYMMETRIC_DEFAULT':
    case 'XCHACHA20_POLY1305':
      return raw(32);
    case 'AES_128':
      return raw(16);
    case 'HMAC_224':
      return raw(macLength('HMAC_SHA_224'));
    case 'HMAC_256':
      return raw(macLength('HMAC_SHA_256'));
    case 'HMAC_384':
      return raw(macLength('HMAC_SHA_384'));
    case 'HMAC_512':
      return raw(macLength('HMAC_SHA_512'));
    case 'RSA_2048':
    case 'RSA_3072':
    case 'RSA_4096':
    case 'ECC_NIST_P256':
    case 'ECC_NIST_P384':
    case 'ECC_NIST_P521':
    case 'ECC_SECG_P256K1':
    case 'ECC_NIST_EDWARDS25519':
      return { kind: 'pair', spec };
  }
}

/** @throws HsmOverloaded when too many key pairs are waiting to be generated */
export async function makeMaterial(spec: KeySpec, random: RandomSource, slow: SlowLane): Promise<NewMaterial> {
  const form = formOf(spec);
  if (form.kind === 'raw') {
    const secret = SecretBytes.take(random(form.length));
    if (secret.length !== form.length)
      throw new TypeError(`random source returned ${secret.length} bytes, expected ${form.length}`);
    return { secret, publicKey: undefined, fingerprint: fingerprintOfSecret(spec, secret) };
  }
  const pair = await slow.generation(form.spec, () => generateKeyPair(form.spec));
  const publicKey = new Uint8Array(pair.publicKey);
  const fingerprint = new Uint8Array(createHash('sha256').update(publicKey).digest());
  return { secret: SecretBytes.take(pair.privateKey), publicKey, fingerprint };
}

/** A hash keyed by the secret itself: who does not hold it learns nothing, and the same secret is recognised wherever it comes from. */
function fingerprintOfSecret(spec: KeySpec, secret: SecretBytes): Uint8Array {
  const keyed = new HmacSha256(secret);
  try {
    return new Uint8Array(keyed.mac(Buffer.from(`claviger material fingerprint v1 ${spec}`, 'utf8')));
  } finally {
    keyed.wipe();
  }
}
