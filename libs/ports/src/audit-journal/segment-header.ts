import { constantTimeEqual, LINK_LENGTH } from '@claviger/crypto';
import { readU64, writeU64 } from './bytes.js';
import type { JournalKeys } from './journal-keys.js';

/**
 * Header of a segment, alone in the first sector of the file so that no later write touches it:
 *
 *     0 magic (8) · 8 format version (u16) · 10 reason (u8) · 11 zero · 12 segment number (u32) · 16 journal id (16)
 *     32 first sequence (u64) · 40 previous link (32) · 72 opened at (u64, ms) · 80 MAC over bytes 0 to 79 (32) · zeros to 512
 *
 * It is also the verdict over the segment before: that one ends with the record whose link is `previousLink`. Whatever lies beyond
 * is void: the rest of a flush that failed or was interrupted, and was never acknowledged.
 */
export const SEGMENT_HEADER_LENGTH = 512;
const SEGMENT_FORMAT_VERSION = 1;

const MAGIC = Buffer.from('CLVGJSEG', 'latin1');
const MAC_OFFSET = 80;

/** Why the segment was opened. */
export type SegmentReason = 'first' | 'full' | 'failed' | 'torn';

const REASONS: readonly SegmentReason[] = ['first', 'full', 'failed', 'torn'];

export interface SegmentHeader {
  readonly number: number;
  /** 16 bytes. */
  readonly journalId: Uint8Array;
  readonly firstSequence: number;
  /** Link of the record `firstSequence - 1`; zeros for the first. */
  readonly previousLink: Uint8Array;
  readonly reason: SegmentReason;
  /** Epoch milliseconds. */
  readonly openedAt: number;
}

export function encodeSegmentHeader(header: SegmentHeader, keys: JournalKeys): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_LENGTH);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt16BE(SEGMENT_FORMAT_VERSION, 8);
  bytes.writeUInt8(REASONS.indexOf(header.reason), 10);
  bytes.writeUInt32BE(header.number, 12);
  bytes.set(header.journalId, 16);
  writeU64(bytes, header.firstSequence, 32);
  bytes.set(header.previousLink, 40);
  writeU64(bytes, header.openedAt, 72);
  bytes.set(keys.headerMac(bytes.subarray(0, MAC_OFFSET)), MAC_OFFSET);
  return bytes;
}

/** Total. `undefined` unless it is a header of a known version whose MAC verifies under this key. */
export function parseSegmentHeader(bytes: Buffer, keys: JournalKeys): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_LENGTH || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (bytes.readUInt16BE(8) !== SEGMENT_FORMAT_VERSION) return undefined;
  const mac = bytes.subarray(MAC_OFFSET, MAC_OFFSET + 32);
  if (!constantTimeEqual(keys.headerMac(bytes.subarray(0, MAC_OFFSET)), mac)) return undefined;
  const reason = REASONS[bytes.readUInt8(10)];
  const firstSequence = readU64(bytes, 32);
  const openedAt = readU64(bytes, 72);
  if (reason === undefined || firstSequence === undefined || openedAt === undefined) return undefined;
  return {
    number: bytes.readUInt32BE(12),
    journalId: Uint8Array.from(bytes.subarray(16, 32)),
    firstSequence,
    previousLink: Uint8Array.from(bytes.subarray(40, 40 + LINK_LENGTH)),
    reason,
    openedAt,
  };
}
