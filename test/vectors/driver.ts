import type { VectorCase } from './vector-file.js';

/**
 * Runs one case against our functions: `true` if they took it (opened the ciphertext, verified the signature …), `false` if they
 * refused it.
 * @throws Error if they contradict themselves or the vector: a wrong plaintext, two ways that disagree
 */
export type Driver = (test: VectorCase) => boolean | Promise<boolean>;

/** A contradiction that no verdict of the vector can excuse. */
export function contradiction(what: string): never {
  throw new Error(what);
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
