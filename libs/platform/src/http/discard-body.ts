import type { Readable } from 'node:stream';
import type { Clock } from '../clock.js';

export interface DiscardLimits {
  /** Bytes that are read and thrown away at most. */
  readonly bytes: number;
  /** Milliseconds spent on it at most. */
  readonly ms: number;
}

const DISCARD: DiscardLimits = { bytes: 16 * 1024 * 1024, ms: 2_000 };

/**
 * Reads the rest of a refused body and throws it away, within limits, so that its sender gets to see the refusal: a connection closed while
 * bytes are on their way is reset, and most clients then report a broken pipe in place of the answer (RFC 9112 section 9.6).
 * Resolves when it ended, failed, or went beyond the limits; never rejects.
 */
export function discardBody(body: Readable, clock: Clock, { bytes, ms }: DiscardLimits = DISCARD): Promise<void> {
  if (body.readableEnded || body.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let left = bytes;
    const done = (): void => {
      late.cancel();
      body.off('data', count).off('end', done).off('error', done).off('close', done);
      body.pause();
      resolve();
    };
    const count = (chunk: Uint8Array): void => {
      left -= chunk.length;
      if (left < 0) done();
    };
    const late = clock.after(ms, done);
    body.on('data', count).once('end', done).once('error', done).once('close', done);
    body.resume();
  });
}
