import { type RandomSource, rootWrappingKey, type SecretBytes, unwrapUnderRoot, wrapUnderRoot } from '@claviger/crypto';
import { requireWrappable, Seal, Sealed } from '@claviger/ports';

/** Wraps under a key derived from the root key of a key file (`wrapUnderRoot` has the form). The root key itself is not kept. */
export class KeyFileSeal extends Seal {
  readonly kind = 'keyfile';
  #key: SecretBytes | undefined;

  /** Use `openKeyFileSeal`. @param root lent for the call */
  constructor(
    root: Uint8Array,
    private readonly random: RandomSource,
  ) {
    super();
    this.#key = rootWrappingKey(root);
  }

  status(): 'sealed' | 'unsealed' {
    return this.#key === undefined ? 'sealed' : 'unsealed';
  }

  async wrap(key: SecretBytes, context: string): Promise<Uint8Array> {
    requireWrappable(key);
    return wrapUnderRoot(this.#open(), key, context, this.random);
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    return unwrapUnderRoot(this.#open(), wrapped, context);
  }

  seal(): void {
    this.#key?.wipe();
    this.#key = undefined;
  }

  #open(): SecretBytes {
    if (this.#key === undefined) throw new Sealed('the seal over the key file is closed');
    return this.#key;
  }
}
