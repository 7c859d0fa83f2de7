import { hkdfSync } from 'node:crypto';
import { openXChaCha, type RandomSource, SecretBytes, sealXChaCha } from '@claviger/crypto';
import { requireWrappable, Seal, Sealed } from '@claviger/ports';

/** First byte of everything wrapped; part of the additional data. */
const FORMAT = 1;

/**
 * Wraps under a key derived from the root key of a key file. The root key itself is not kept: HKDF-SHA-256 (RFC 5869) without salt
 * makes from it the one key that this class uses, so that later uses of the same root can have keys of their own.
 *
 * Form: 1 (format) ‖ nonce (24) ‖ XChaCha20-Poly1305 ciphertext and tag, additional data = format ‖ context in UTF-8.
 */
export class KeyFileSeal extends Seal {
  readonly kind = 'keyfile';
  #key: SecretBytes | undefined;

  /** Use `openKeyFileSeal`. @param root lent for the call */
  constructor(
    root: Uint8Array,
    private readonly random: RandomSource,
  ) {
    super();
    this.#key = SecretBytes.take(new Uint8Array(hkdfSync('sha256', root, '', 'claviger seal keyfile wrap v1', 32)));
  }

  status(): 'sealed' | 'unsealed' {
    return this.#key === undefined ? 'sealed' : 'unsealed';
  }

  async wrap(key: SecretBytes, context: string): Promise<Uint8Array> {
    requireWrappable(key);
    const sealed = this.#open().use((wrapping) =>
      key.use((bytes) => sealXChaCha(wrapping, bytes, additionalData(context), this.random)),
    );
    return Uint8Array.of(FORMAT, ...sealed);
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    const wrapping = this.#open();
    if (wrapped[0] !== FORMAT) return undefined;
    const key = wrapping.use((bytes) => openXChaCha(bytes, wrapped.subarray(1), additionalData(context)));
    return key === undefined ? undefined : SecretBytes.take(key);
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

function additionalData(context: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(FORMAT), Buffer.from(context, 'utf8')]);
}
