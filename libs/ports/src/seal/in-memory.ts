import { openXChaCha, type RandomSource, SecretBytes, sealXChaCha } from '@claviger/crypto';
import { Seal, Sealed } from './contract.js';
import { requireWrappable } from './wrappable.js';

/** The reference implementation, for tests: its root key lives as long as the object. */
export class InMemorySeal extends Seal {
  readonly kind = 'memory';
  #root: SecretBytes | undefined;

  /** @param root 32 bytes, copied; drawn when absent */
  constructor(
    private readonly random: RandomSource,
    root?: SecretBytes,
  ) {
    super();
    this.#root = SecretBytes.take(root === undefined ? random(32) : root.unsafeExportBytes());
  }

  status(): 'sealed' | 'unsealed' {
    return this.#root === undefined ? 'sealed' : 'unsealed';
  }

  async wrap(key: SecretBytes, context: string): Promise<Uint8Array> {
    requireWrappable(key);
    return this.#open().use((root) => key.use((bytes) => sealXChaCha(root, bytes, Buffer.from(context), this.random)));
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    const key = this.#open().use((root) => openXChaCha(root, wrapped, Buffer.from(context)));
    return key === undefined ? undefined : SecretBytes.take(key);
  }

  seal(): void {
    this.#root?.wipe();
    this.#root = undefined;
  }

  #open(): SecretBytes {
    if (this.#root === undefined) throw new Sealed('the seal is closed');
    return this.#root;
  }
}
