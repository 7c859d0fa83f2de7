import type { KeyObject } from 'node:crypto';
import type { Material } from '@claviger/ports';

export interface CachedKey {
  readonly material: Material;
  readonly key: KeyObject;
}

/**
 * Keys ready for use, by reference; bounded by two generations. When the young one is full it becomes the old one and the former old
 * one is let go: no list has to be kept in order at each hit. OpenSSL overwrites a KeyObject's memory when it is collected.
 */
export class KeyCache {
  #young = new Map<string, CachedKey>();
  #old = new Map<string, CachedKey>();
  readonly #generation: number;

  /** @param most keys held at any time */
  constructor(most: number) {
    this.#generation = Math.max(1, Math.floor(most / 2));
  }

  get(reference: string): CachedKey | undefined {
    const young = this.#young.get(reference);
    if (young !== undefined) return young;
    const old = this.#old.get(reference);
    if (old !== undefined) this.set(old);
    return old;
  }

  set(entry: CachedKey): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(entry.material.reference, entry);
  }

  drop(reference: string): void {
    this.#young.delete(reference);
    this.#old.delete(reference);
  }

  /** Drops all versions of a key. Looks at every entry: it is for revocations, not for calls. */
  dropKey(keyId: string): void {
    for (const generation of [this.#young, this.#old]) {
      for (const [reference, entry] of generation) if (entry.material.keyId === keyId) generation.delete(reference);
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  get size(): number {
    let both = this.#young.size;
    for (const reference of this.#old.keys()) if (!this.#young.has(reference)) both++;
    return both;
  }
}
