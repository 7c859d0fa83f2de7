import type { SecretBytes } from '@claviger/crypto';

/** The seal cannot be used: the root key is not available. */
export class Sealed extends Error {
  override readonly name = 'Sealed';
}

/**
 * Holds the root key and wraps sealing keys under it. The root key itself never leaves.
 * Implementations: key file (development), later passphrase, shares, PKCS#11.
 */
export abstract class Seal {
  /** Short vendor name, shown in status output: `keyfile`, `pkcs11`, … */
  abstract readonly kind: string;

  abstract status(): 'sealed' | 'unsealed';

  /** Wraps a sealing key (16 to 64 bytes). `context` is authenticated. @throws Sealed */
  abstract wrap(key: SecretBytes, context: string): Promise<Uint8Array>;

  /** The wrapped key, or undefined when it does not verify under this root key and context. @throws Sealed */
  abstract unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined>;

  /** Forgets the root key. Afterwards the status is `sealed`. */
  abstract seal(): void;
}
