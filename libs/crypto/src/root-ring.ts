import { hkdfSync } from 'node:crypto';
import type { RandomSource } from './random.js';
import { rootWrappingKey, unwrapUnderRoot, wrapUnderRoot } from './root-wrapping.js';
import type { SecretBytes } from './secret-bytes.js';

export const ROOT_KEY_LENGTH = 32;

/**
 * Name of a root key, for messages and to tell one from another: 8 bytes of HKDF-SHA-256 in hexadecimal digits. Says nothing of the
 * key. @param root lent for the call
 */
export function rootKeyId(root: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', root, '', 'claviger root key id v1', 8)).toString('hex');
}

/** A present root key, and the one before it while everything is re-wrapped. */
export interface RootKeys {
  readonly current: SecretBytes;
  readonly previous?: SecretBytes;
}

/**
 * What wraps under the present root key and still opens what the one before it wrapped. Both unwrap by trial: a wrapped key does not
 * say under which root it is, and a wrong one fails at the tag.
 */
export class RootRing implements Disposable {
  readonly currentId: string;
  readonly previousId: string | undefined;
  readonly #current: SecretBytes;
  readonly #previous: SecretBytes | undefined;

  /** @param keys lent for the call */
  constructor(keys: RootKeys) {
    this.currentId = keys.current.use(rootKeyId);
    this.previousId = keys.previous?.use(rootKeyId);
    this.#current = keys.current.use(rootWrappingKey);
    this.#previous = keys.previous?.use(rootWrappingKey);
  }

  /** In the form of {@link wrapUnderRoot}, always under the present root. */
  wrap(key: SecretBytes, context: string, random: RandomSource): Uint8Array {
    return wrapUnderRoot(this.#current, key, context, random);
  }

  /** The wrapped key, which the caller then owns; undefined when it verifies under no root held. */
  unwrap(wrapped: Uint8Array, context: string): SecretBytes | undefined {
    const key = unwrapUnderRoot(this.#current, wrapped, context);
    if (key !== undefined || this.#previous === undefined) return key;
    return unwrapUnderRoot(this.#previous, wrapped, context);
  }

  /** The same key under the present root; `current` when it is that already; undefined when it verifies under no root held. */
  rewrap(wrapped: Uint8Array, context: string, random: RandomSource): Uint8Array | 'current' | undefined {
    using current = unwrapUnderRoot(this.#current, wrapped, context);
    if (current !== undefined) return 'current';
    using key = this.#previous === undefined ? undefined : unwrapUnderRoot(this.#previous, wrapped, context);
    return key === undefined ? undefined : this.wrap(key, context, random);
  }

  wipe(): void {
    this.#current.wipe();
    this.#previous?.wipe();
  }

  [Symbol.dispose](): void {
    this.wipe();
  }
}
