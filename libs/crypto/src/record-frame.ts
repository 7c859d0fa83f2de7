import { hash } from 'node:crypto';

/*
 * Frame of a journal record in a segment: u32 length (big-endian) ‖ first 4 bytes of the payload's SHA-256 ‖ payload.
 * Segments are filled with zeros beforehand, so a length of 0 marks what was never written. The checksum finds torn writes only;
 * tampering is found by the record chain.
 */

export const FRAME_HEADER_LENGTH = 8;
/** Longest payload in bytes. The bound keeps damaged lengths (text, for instance) from looking like frames. */
export const MAX_FRAME_PAYLOAD = 1 << 20;

export type Frame =
  /** `next` is the offset after the frame; `payload` is a view into the bytes. */
  | { readonly kind: 'ok'; readonly payload: Uint8Array; readonly next: number }
  /** Nothing but zeros (or nothing at all) follows: the journal ends here. */
  | { readonly kind: 'end' }
  /** An incomplete or damaged frame that can be the rest of an interrupted flush. */
  | { readonly kind: 'torn' }
  /** A damaged frame with data beyond what an interrupted flush could have touched. */
  | { readonly kind: 'corrupt' };

/** @throws TypeError unless the payload has 1 to `MAX_FRAME_PAYLOAD` bytes */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_LENGTH + payload.length);
  encodeFrameInto(frame, 0, payload);
  return frame;
}

/**
 * Writes a frame at `offset` of a batch and returns the offset after it.
 * @throws TypeError unless the payload has 1 to `MAX_FRAME_PAYLOAD` bytes; RangeError if the target is too short
 */
export function encodeFrameInto(target: Buffer, offset: number, payload: Uint8Array): number {
  if (payload.length < 1 || payload.length > MAX_FRAME_PAYLOAD) {
    throw new TypeError(`a frame holds 1 to ${MAX_FRAME_PAYLOAD} bytes, got ${payload.length}`);
  }
  const next = offset + FRAME_HEADER_LENGTH + payload.length;
  if (next > target.length) throw new RangeError('the batch is too short for this frame');
  target.writeUInt32BE(payload.length, offset);
  target.writeUInt32BE(checksum(payload), offset + 4);
  target.set(payload, offset + FRAME_HEADER_LENGTH);
  return next;
}

/**
 * Reads the frame at `offset`; total for any bytes. `bytes` must reach to the end of the segment, since torn and corrupt differ in
 * what follows.
 *
 * @param flushReach most bytes that one flush writes. A power cut may leave the pages of one unfinished flush in any order, so within
 *   that reach data after a damaged frame is no sign of tampering. Nothing of such a flush was acknowledged, and the anchor tells
 *   whether acknowledged records are missing.
 */
export function parseFrame(bytes: Uint8Array, offset: number, flushReach = 0): Frame {
  const found = inspectFrame(bytes, offset);
  switch (found.kind) {
    case 'ok':
      return found;
    case 'short':
      return isZero(bytes, offset) ? { kind: 'end' } : { kind: 'torn' };
    case 'damaged':
      return isZero(bytes, offset)
        ? { kind: 'end' }
        : classify(isZero(bytes, Math.max(found.claimedEnd, offset + flushReach)));
  }
}

/** A damaged frame: torn if only zeros lie beyond what its flush can have touched. */
export function classify(zerosBeyond: boolean): Frame {
  return { kind: zerosBeyond ? 'torn' : 'corrupt' };
}

export type Inspected =
  | Extract<Frame, { kind: 'ok' }>
  /** The bytes end before the frame does. */
  | { readonly kind: 'short' }
  /** No frame: a length out of bounds (0 where nothing was written) or a wrong checksum. */
  | { readonly kind: 'damaged'; readonly claimedEnd: number };

/** Reads one frame without looking at what follows. */
export function inspectFrame(bytes: Uint8Array, offset: number): Inspected {
  if (offset + FRAME_HEADER_LENGTH > bytes.length) return { kind: 'short' };
  const header = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_LENGTH);
  const length = header.getUint32(0);
  const start = offset + FRAME_HEADER_LENGTH;
  if (length < 1 || length > MAX_FRAME_PAYLOAD) return { kind: 'damaged', claimedEnd: start };
  const next = start + length;
  if (next > bytes.length) return { kind: 'short' };
  const payload = bytes.subarray(start, next);
  return header.getUint32(4) === checksum(payload)
    ? { kind: 'ok', payload, next }
    : { kind: 'damaged', claimedEnd: next };
}

const ZEROS = Buffer.alloc(1 << 16);

/** Whether all bytes from `offset` on are zero; compared in blocks, since a segment's tail has megabytes of them. */
export function isZero(bytes: Uint8Array, offset: number): boolean {
  for (let at = Math.max(0, offset); at < bytes.length; at += ZEROS.length) {
    const block = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(block, ZEROS.subarray(0, block.length)) !== 0) return false;
  }
  return true;
}

/** Hexadecimal is the cheap form of a one-shot hash. */
function checksum(payload: Uint8Array): number {
  return Number.parseInt(hash('sha256', payload, 'hex').slice(0, 8), 16);
}
