import type { Verified } from './objects.js';

/** The keys that one thread has found and verified, least recently used first. Handles only: nothing in here is secret. */
export class KeyCache {
  readonly #keys = new Map<string, Verified>();

  constructor(private readonly most: number) {}

  get(reference: string): Verified | undefined {
    const key = this.#keys.get(reference);
    if (key === undefined) return undefined;
    this.#keys.delete(reference);
    this.#keys.set(reference, key);
    return key;
  }

  set(key: Verified): void {
    this.#keys.set(key.material.reference, key);
    if (this.#keys.size <= this.most) return;
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest);
      return;
    }
  }

  drop(reference: string): void {
    this.#keys.delete(reference);
  }

  dropKey(keyId: string): void {
    for (const [reference, { material }] of this.#keys) if (material.keyId === keyId) this.#keys.delete(reference);
  }

  clear(): void {
    this.#keys.clear();
  }
}
