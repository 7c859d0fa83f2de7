import { constantTimeEqual, LINK_LENGTH } from '@claviger/crypto';
import { readU64, writeU64 } from './bytes.js';
import type { JournalKeys } from './journal-keys.js';

/**
 * What retention has removed: written before it removes, so that segments taken away by somebody else are told apart.
 *
 *     0 magic (8) · 8 journal id (16) · 24 first segment kept (u32) · 28 first sequence kept (u64) · 36 link before it (32)
 *     68 MAC over bytes 0 to 67 (32)
 */
export interface RetentionMark {
  readonly journalId: Uint8Array;
  readonly segment: number;
  readonly firstSequence: number;
  readonly previousLink: Uint8Array;
}

export const RETENTION_MARK_FILE = 'retention.mark';

const MAGIC = Buffer.from('CLVGJRET', 'latin1');
const BODY = 36 + LINK_LENGTH;

export function encodeRetentionMark(mark: RetentionMark, keys: JournalKeys): Buffer {
  const bytes = Buffer.alloc(BODY + 32);
  MAGIC.copy(bytes);
  bytes.set(mark.journalId, 8);
  bytes.writeUInt32BE(mark.segment, 24);
  writeU64(bytes, mark.firstSequence, 28);
  bytes.set(mark.previousLink, 36);
  bytes.set(keys.markMac(bytes.subarray(0, BODY)), BODY);
  return bytes;
}

/** Total: undefined unless its MAC verifies under this key. */
export function parseRetentionMark(bytes: Buffer, keys: JournalKeys): RetentionMark | undefined {
  if (bytes.length !== BODY + 32 || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (!constantTimeEqual(keys.markMac(bytes.subarray(0, BODY)), bytes.subarray(BODY))) return undefined;
  const firstSequence = readU64(bytes, 28);
  if (firstSequence === undefined) return undefined;
  return {
    journalId: Uint8Array.from(bytes.subarray(8, 24)),
    segment: bytes.readUInt32BE(24),
    firstSequence,
    previousLink: Uint8Array.from(bytes.subarray(36, BODY)),
  };
}
