import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/**
 * The key of one access key, day, Region and service: four chained HMACs from the secret. About 50 µs, so keep the
 * result (`SigningKeyCache`).
 * @param secretAccessKey UTF-8 bytes of the secret; not kept
 * @param date YYYYMMDD
 */
export function deriveSigningKey(
  secretAccessKey: Uint8Array,
  date: string,
  region: string,
  service: string,
): KeyObject {
  const first = new Uint8Array(4 + secretAccessKey.byteLength);
  first.set([0x41, 0x57, 0x53, 0x34]); // "AWS4"
  first.set(secretAccessKey, 4);
  let key: Uint8Array = first;
  for (const part of [date, region, service, 'aws4_request']) {
    const next = createHmac('sha256', key).update(part).digest();
    key.fill(0);
    key = next;
  }
  const signingKey = createSecretKey(key);
  key.fill(0);
  return signingKey;
}

/**
 * Signing keys by access key, date and Region, bounded: two generations of half the size each, so that a hit costs one
 * look-up and an unused key leaves by itself. Forget an access key when its secret changes or it is taken away.
 */
export class SigningKeyCache {
  private young = new Map<string, KeyObject>();
  private old = new Map<string, KeyObject>();

  constructor(private readonly maxEntries = 4096) {}

  /** The cached key, or the derived one, which is kept. */
  get(accessKeyId: string, date: string, region: string, derive: () => KeyObject): KeyObject {
    const name = `${accessKeyId}/${date}/${region}`;
    const hit = this.young.get(name);
    if (hit !== undefined) {
      return hit;
    }
    const key = this.old.get(name) ?? derive();
    if (this.young.size >= this.maxEntries / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(name, key);
    return key;
  }

  forget(accessKeyId: string): void {
    for (const generation of [this.young, this.old]) {
      for (const name of generation.keys()) {
        if (name.startsWith(`${accessKeyId}/`)) {
          generation.delete(name);
        }
      }
    }
  }

  get size(): number {
    return this.young.size + this.old.size;
  }
}
