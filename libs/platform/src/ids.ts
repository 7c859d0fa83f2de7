import { uuidV7 } from '@claviger/crypto';
import { randomFillSync, randomUUID } from 'node:crypto';
import { Clock } from './clock.js';

/** Identifiers and randomness, passed in everywhere, so that tests can repeat them. */
export abstract class Ids {
  /** RFC 9562 version 4: 122 random bits. */
  abstract uuid4(): string;

  /** RFC 9562 version 7. Ids of one process ascend, as text too, also within a millisecond and when the clock goes back. */
  abstract uuid7(): string;

  /** `length` bytes from the system's CSPRNG, in an array of its own. */
  abstract random(length: number): Uint8Array;
}

const COUNTER_BITS = 12;
const COUNTER_LIMIT = 2 ** COUNTER_BITS;
const RANDOM_BYTES = 10;
const POOL_BYTES = RANDOM_BYTES * 256;

export class SystemIds extends Ids {
  private last = 0;
  private counter = 0;
  // Ids are no secrets: one call to the CSPRNG serves 256 of them.
  private readonly pool = new Uint8Array(POOL_BYTES);
  private used = POOL_BYTES;

  constructor(private readonly clock: Clock) {
    super();
  }

  override uuid4(): string {
    return randomUUID();
  }

  override uuid7(): string {
    const tail = this.fromPool();
    const now = this.clock.now();
    if (now > this.last) {
      this.last = now;
      // RFC 9562 section 6.2, method 1: the 12 bits after the version are a counter. It starts random in its lower
      // half, so that ids do not tell how many there were, and at least 2,048 more fit into the millisecond.
      this.counter = (((tail[0] ?? 0) << 8) | (tail[1] ?? 0)) & (COUNTER_LIMIT / 2 - 1);
    } else {
      this.counter += 1;
      if (this.counter === COUNTER_LIMIT) {
        // Ahead of the clock rather than out of order.
        this.last += 1;
        this.counter = 0;
      }
    }
    tail[0] = this.counter >> 8;
    tail[1] = this.counter & 0xff;
    return uuidV7(this.last, tail);
  }

  override random(length: number): Uint8Array {
    return randomFillSync(new Uint8Array(length));
  }

  private fromPool(): Uint8Array {
    if (this.used === POOL_BYTES) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    const start = this.used;
    this.used += RANDOM_BYTES;
    return this.pool.subarray(start, this.used);
  }
}
