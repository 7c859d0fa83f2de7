import { createSecretKey, type KeyObject } from 'node:crypto';
import { keyPairSpecOf, privateKeyFromPkcs8, type SecretBytes } from '@claviger/crypto';
import type { KeySpec } from '@claviger/domain';
import { formOf } from './make-material.js';

/** The key of opened material, ready for use; undefined when the bytes are not of this spec. */
export function loadKey(spec: KeySpec, secret: SecretBytes): KeyObject | undefined {
  const form = formOf(spec);
  if (form.kind === 'raw')
    return secret.length === form.length ? secret.use((bytes) => createSecretKey(bytes)) : undefined;
  const key = secret.use((bytes) => privateKeyFromPkcs8(bytes));
  return key !== undefined && keyPairSpecOf(key) === form.spec ? key : undefined;
}
