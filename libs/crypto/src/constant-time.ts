import { timingSafeEqual } from 'node:crypto';

/** Compares without early exit. The lengths are not secret: arrays of different length are unequal at once. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
