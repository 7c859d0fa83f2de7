/**
 * A bounded cache of two generations: what was not touched while one generation filled up is forgotten. A hit in the young generation
 * is one map look-up; there is no list to keep in order, which makes misses several times cheaper than an LRU over one Map.
 */
export class TwoGenerationCache<K, V> {
  private young = new Map<K, V>();
  private old = new Map<K, V>();

  /** @param generation entries per generation; at most twice as many are held. */
  constructor(private readonly generation: number) {
    if (!Number.isInteger(generation) || generation < 1) {
      throw new RangeError(`generation must be a positive integer, found ${generation}`);
    }
  }

  get(key: K): V | undefined {
    const young = this.young.get(key);
    if (young !== undefined) return young;
    const old = this.old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.young.size >= this.generation && !this.young.has(key)) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }

  delete(key: K): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }

  get size(): number {
    return this.young.size + this.old.size;
  }
}
