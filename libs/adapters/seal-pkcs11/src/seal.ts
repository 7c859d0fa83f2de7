import type { SecretBytes } from '@claviger/crypto';
import { requireWrappable, type RootChange, type RootRotation, Seal, type SealedRing } from '@claviger/ports';

/** The root key under a key that never leaves a token: opens by itself when the service starts, where the token is. */
export class Pkcs11Seal extends Seal implements RootRotation {
  readonly kind = 'pkcs11';

  /** Use `openPkcs11Seal`. @param ring open */
  constructor(private readonly ring: SealedRing) {
    super();
  }

  status(): 'sealed' | 'unsealed' {
    return this.ring.isOpen ? 'unsealed' : 'sealed';
  }

  async wrap(key: SecretBytes, context: string): Promise<Uint8Array> {
    requireWrappable(key);
    return this.ring.wrap(key, context);
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    return this.ring.unwrap(wrapped, context);
  }

  seal(): void {
    this.ring.close();
  }

  rootChange(): RootChange | undefined {
    return this.ring.change();
  }

  async beginRootChange(now: number): Promise<RootChange> {
    return this.ring.begin(now);
  }

  async rewrap(wrapped: Uint8Array, context: string): Promise<Uint8Array | 'current' | undefined> {
    return this.ring.rewrap(wrapped, context);
  }

  async finishRootChange(to: string): Promise<void> {
    this.ring.finish(to);
  }

  async refreshRoot(): Promise<void> {
    this.ring.refresh();
  }
}
