/**
 * A source of unpredictable bytes, passed in by the caller (`node:crypto` `randomBytes` in production, a script of bytes in tests).
 * MUST return exactly `length` bytes from a cryptographically secure generator; the returned array belongs to the callee.
 */
export type RandomSource = (length: number) => Uint8Array;

/** Draws `length` bytes and refuses a source that returns another amount: a short nonce must never be padded in silence. */
export function draw(random: RandomSource, length: number): Uint8Array {
  const bytes = random(length);
  if (bytes.length !== length) throw new TypeError(`random source returned ${bytes.length} bytes, expected ${length}`);
  return bytes;
}
