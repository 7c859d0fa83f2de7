import { FRAME_HEADER_LENGTH, MAX_FRAME_PAYLOAD, parseFrame } from '@claviger/crypto';
import { readU64 } from './bytes.js';

/*
 * What lies behind the last whole group. A disk writes sectors of 512 bytes whole or not at all, and only one flush is under way at a
 * time: so the rest of an interrupted flush has sectors that are still zero, and no whole group stands behind it.
 */
const SECTOR = 512;
/** More entries than one group can have. */
const MAX_AHEAD = 1 << 16;

/** Is there a whole group of this journal somewhere in `bytes`? Then what lies before it is no interrupted flush. */
export function hasLaterGroup(bytes: Buffer, lastSequence: number): boolean {
  return hasLaterFrame(bytes, 12, (payload) => {
    const first = readU64(bytes, payload);
    return first !== undefined && first > lastSequence && first <= lastSequence + MAX_AHEAD;
  });
}

/**
 * Is there a whole frame somewhere in `bytes`?
 * @param shortest bytes of a payload
 * @param mayBe a cheap look at the payload that starts at an offset, which nearly every other place fails
 */
export function hasLaterFrame(bytes: Buffer, shortest: number, mayBe: (payload: number) => boolean): boolean {
  for (let at = 0; at + FRAME_HEADER_LENGTH + shortest <= bytes.length; at++) {
    if (bytes[at] !== 0) continue; // lengths are under 2^24
    const length = bytes.readUInt32BE(at);
    if (length < shortest || length > MAX_FRAME_PAYLOAD || at + FRAME_HEADER_LENGTH + length > bytes.length) continue;
    if (mayBe(at + FRAME_HEADER_LENGTH) && parseFrame(bytes, at).kind === 'ok') return true;
  }
  return false;
}

/**
 * Can the broken frame at the start of `bytes` be the rest of an interrupted flush? If not, it was changed.
 * @param offset of `bytes` in the segment
 */
export function looksTorn(bytes: Buffer, offset: number): boolean {
  if (bytes.length < FRAME_HEADER_LENGTH) return true;
  const length = bytes.readUInt32BE(0);
  const plausible = length > 0 && length <= MAX_FRAME_PAYLOAD;
  const end = plausible ? FRAME_HEADER_LENGTH + length : lastNonZero(bytes) + 1;
  if (end > bytes.length) return true; // the file was never that long: a file system that cut it
  for (let start = 0; start < end; ) {
    const stop = Math.min(end, start + SECTOR - ((offset + start) % SECTOR));
    if (isAllZero(bytes, start, stop)) return true;
    start = stop;
  }
  return false;
}

export function isAllZero(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}

function lastNonZero(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at >= 0 && bytes[at] === 0) at--;
  return at;
}
