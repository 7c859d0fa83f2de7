import { constantTimeEqual } from './constant-time.js';
import { headMac } from './event-mac.js';
import type { HmacSha256 } from './hmac-sha256.js';

/** Last event of a stream. */
export interface StreamHead {
  readonly stream: string;
  readonly revision: bigint;
  readonly mac: Uint8Array;
}

const LIMBS = 8;
const LENGTH = 40;
const LIMB = 2 ** 32;

/**
 * A keyed sum over the heads of all streams: Σ HMAC(key, stream ‖ revision ‖ MAC) modulo 2^256, and how many they are. Order does not
 * matter; an append costs one `remove` and one `add`. Who cuts a stream, rolls it back or takes one out changes the sum, and cannot
 * find other heads of the same sum without the key. The anchor that stores it MUST be MACed. About 2 µs per head: 100,000 streams are
 * summed anew in 0.2 s.
 */
export class HeadSum {
  readonly #key: HmacSha256;
  readonly #limbs = new Uint32Array(LIMBS); // least significant first
  #count = 0;

  constructor(key: HmacSha256) {
    this.#key = key;
  }

  /** Restores what `toBytes` gave; `undefined` for another length or a count beyond 2^53. */
  static fromBytes(key: HmacSha256, bytes: Uint8Array): HeadSum | undefined {
    if (bytes.length !== LENGTH) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH);
    const count = view.getBigUint64(0);
    if (count > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
    const sum = new HeadSum(key);
    sum.#count = Number(count);
    for (let i = 0; i < LIMBS; i++) sum.#limbs[i] = view.getUint32(LENGTH - 4 - 4 * i);
    return sum;
  }

  /** How many heads are in the sum. */
  get count(): number {
    return this.#count;
  }

  add(head: StreamHead): void {
    const term = this.#term(head);
    let carry = 0;
    for (let i = 0; i < LIMBS; i++) {
      const limb = (this.#limbs[i] ?? 0) + term.getUint32(28 - 4 * i) + carry;
      this.#limbs[i] = limb; // Uint32Array keeps the low 32 bits
      carry = limb >= LIMB ? 1 : 0;
    }
    this.#count++;
  }

  /** Takes out a head that was added. @throws RangeError if the sum is empty */
  remove(head: StreamHead): void {
    if (this.#count === 0) throw new RangeError('no head to remove');
    const term = this.#term(head);
    let borrow = 0;
    for (let i = 0; i < LIMBS; i++) {
      const limb = (this.#limbs[i] ?? 0) - term.getUint32(28 - 4 * i) - borrow;
      this.#limbs[i] = limb;
      borrow = limb < 0 ? 1 : 0;
    }
    this.#count--;
  }

  /** A stream moved on: `before` is its former head, `undefined` for a new stream. */
  replace(before: StreamHead | undefined, after: StreamHead): void {
    if (before !== undefined) this.remove(before);
    this.add(after);
  }

  equals(other: HeadSum): boolean {
    return constantTimeEqual(this.toBytes(), other.toBytes());
  }

  /** u64 count ‖ 32 bytes sum, big-endian. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(LENGTH);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(this.#count));
    for (let i = 0; i < LIMBS; i++) view.setUint32(LENGTH - 4 - 4 * i, this.#limbs[i] ?? 0);
    return bytes;
  }

  #term({ stream, revision, mac }: StreamHead): DataView {
    const bytes = headMac(this.#key, stream, revision, mac);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}
