import { FRAME_HEADER_LENGTH, MAX_FRAME_PAYLOAD } from '@claviger/crypto';
import {
  type ChainFault,
  type ChainPlace,
  checkGroup,
  hasLaterGroup,
  isFault,
  type JournalKeys,
  looksTorn,
  MAX_GROUP_LENGTH,
  parseGroupHeader,
  type SegmentSource,
} from '@claviger/ports';
import { readRange } from './segment-bytes.js';

/**
 * Judges what stands where the last whole group of a segment ends: the rest of an interrupted flush, or records that were changed.
 * In the second case names the first of them, as far as its group can still be read.
 *
 * @param last is this the journal's last segment? Only there can a flush have been interrupted without a later header saying so
 */
export async function judgeBroken(
  source: SegmentSource,
  offset: number,
  place: ChainPlace,
  keys: JournalKeys,
  last: boolean,
): Promise<ChainFault | 'torn'> {
  const bytes = await readRange(source, offset, 2 * MAX_GROUP_LENGTH);
  if (last && !hasLaterGroup(bytes, place.next - 1) && looksTorn(bytes, offset)) return 'torn';
  const changed: ChainFault = { sequence: place.next, part: 'entry', offset: 0, reason: 'changed' };
  if (bytes.length < FRAME_HEADER_LENGTH) return changed;
  const length = bytes.readUInt32BE(0);
  const plausible = length > 0 && length <= MAX_FRAME_PAYLOAD;
  const payload = bytes.subarray(FRAME_HEADER_LENGTH, plausible ? FRAME_HEADER_LENGTH + length : undefined);
  const checked = checkGroup(payload, place, keys);
  const entries = parseGroupHeader(payload)?.entries ?? 0;
  // All of its records verify: then it was the frame around them that was changed.
  if (!isFault(checked) || checked.sequence >= place.next + entries) return changed;
  return checked;
}
