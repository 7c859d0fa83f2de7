import { inspect } from 'node:util';
import { constantTimeEqual } from './constant-time.js';

/**
 * Bytes that must not leak: redacted in `toString`, `toJSON` and `inspect`, compared in constant time, overwritten by `wipe`.
 * The bytes lie in a private field, so neither spreading, cloning nor serialising an instance reaches them.
 */
export class SecretBytes {
  readonly length: number;
  #bytes: Uint8Array | undefined;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  /** Takes ownership: the caller must not keep or change `bytes`, which `wipe` overwrites. */
  static take(bytes: Uint8Array): SecretBytes {
    return new SecretBytes(bytes);
  }

  /** Copies; the caller still owns (and wipes) `bytes`. */
  static copyOf(bytes: Uint8Array): SecretBytes {
    return new SecretBytes(Uint8Array.from(bytes));
  }

  /**
   * Lends the bytes to `fn`. They are the live array, not a copy: `fn` must neither change them nor let them outlive the call
   * (an asynchronous `fn` must have finished before `wipe`).
   *
   * @throws Error after `wipe`
   */
  use<T>(fn: (bytes: Uint8Array) => T): T {
    return fn(this.#alive());
  }

  /** Constant time in the content; different lengths are unequal. @throws Error after `wipe` of either */
  equals(other: SecretBytes | Uint8Array): boolean {
    const bytes = this.#alive();
    return other instanceof SecretBytes
      ? other.use((theirs) => constantTimeEqual(bytes, theirs))
      : constantTimeEqual(bytes, other);
  }

  /** Overwrites the bytes with zeros; may be called again, every other use then throws. */
  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }

  /** A copy that nothing guards any more. @throws Error after `wipe` */
  unsafeExportBytes(): Uint8Array {
    return Uint8Array.from(this.#alive());
  }

  toString(): string {
    return `[secret ${this.length} bytes]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }

  [Symbol.dispose](): void {
    this.wipe();
  }

  #alive(): Uint8Array {
    if (this.#bytes === undefined) throw new Error('secret bytes used after they were wiped');
    return this.#bytes;
  }
}
