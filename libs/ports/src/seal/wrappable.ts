import type { SecretBytes } from '@claviger/crypto';

/** @throws RangeError for a key that is not 16 to 64 bytes long */
export function requireWrappable(key: SecretBytes): void {
  if (key.length < 16 || key.length > 64)
    throw new RangeError(`a seal wraps keys of 16 to 64 bytes, got ${key.length}`);
}
