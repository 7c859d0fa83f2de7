import { createHash } from 'node:crypto';

/** SHA-256 (FIPS 180-4) over what comes piece by piece. Text is hashed as UTF-8. */
export class Sha256Stream {
  readonly #hash = createHash('sha256');

  update(data: string | Uint8Array): void {
    if (typeof data === 'string') this.#hash.update(data, 'utf8');
    else this.#hash.update(data);
  }

  /** Of everything so far, lower-case hexadecimal; more may follow. */
  hex(): string {
    return this.#hash.copy().digest('hex');
  }
}
