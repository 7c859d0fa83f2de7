import { FRAME_HEADER_LENGTH, LINK_LENGTH, MAX_FRAME_PAYLOAD } from '@claviger/crypto';
import { readAscii, readU64 } from './bytes.js';

/**
 * One flush writes one group: a frame (length, checksum, payload: see `@claviger/crypto`) whose payload is
 *
 *     0 first sequence (u64) · 8 entries (u32) · 12 link before the group (32) · 44 records
 *
 * Each record is followed by its link of 32 bytes, HMAC(journal key, previous link ‖ record), so that what the MAC covers lies in one
 * piece and the first wrong record can be named. The detail records come first. All numbers are big-endian.
 *
 *     every record  0 length of the record (u32) · 4 kind (u8: 1 entry, 2 detail) · 5 zero
 *     entry         6 detail record of this group, from 1; 0 for none (u16) · 8 sequence (u64) · 16 at (u64, ms) · 24 account (12) · 36 open
 *     detail        6 entries (u16) · 8 first sequence of the group (u64) · 16 month (8) · 24 account (12) · 36 generation (u32)
 *                   40 nonce (24) ‖ ciphertext ‖ tag (16)
 *
 * A detail record is XChaCha20-Poly1305 over (u32 length ‖ text) of each entry that names it, in their order. Its additional data is the
 * journal id ‖ bytes 4 to 39 of the record: it opens in no other journal, group, month or account. Destroying its key leaves the
 * chain, which covers the ciphertext, as it is.
 *
 * A group whose frame is incomplete is void as a whole: nobody had an answer for any of it.
 */
export const GROUP_HEADER_LENGTH = 12 + LINK_LENGTH;
export const ENTRY_HEADER_LENGTH = 36;
export const DETAIL_HEADER_LENGTH = 40;
export const DETAIL_OVERHEAD = DETAIL_HEADER_LENGTH + 24 + 16 + LINK_LENGTH;
/** Most bytes that one flush writes. */
export const MAX_GROUP_LENGTH = FRAME_HEADER_LENGTH + MAX_FRAME_PAYLOAD;

export const ENTRY_KIND = 1;
export const DETAIL_KIND = 2;

interface AnyRecord {
  /** Offset of the record in the group's payload. */
  readonly offset: number;
  /** What the link covers. */
  readonly bytes: Buffer;
  readonly link: Buffer;
}

export interface EntryRecord extends AnyRecord {
  readonly kind: 'entry';
  readonly sequence: number;
  readonly at: number;
  readonly account: string;
  /** Index among the group's detail records, -1 for none. */
  readonly detail: number;
  readonly open: string;
}

export interface DetailRecord extends AnyRecord {
  readonly kind: 'detail';
  readonly entries: number;
  readonly firstSequence: number;
  readonly month: string;
  readonly account: string;
  readonly generation: number;
  readonly sealed: Buffer;
}

export type JournalRecord = EntryRecord | DetailRecord;

export interface GroupHeader {
  readonly firstSequence: number;
  readonly entries: number;
  readonly previousLink: Buffer;
}

/** Total. */
export function parseGroupHeader(payload: Buffer): GroupHeader | undefined {
  if (payload.length < GROUP_HEADER_LENGTH) return undefined;
  const firstSequence = readU64(payload, 0);
  const entries = payload.readUInt32BE(8);
  if (firstSequence === undefined || firstSequence < 1 || entries < 1) return undefined;
  return { firstSequence, entries, previousLink: payload.subarray(12, GROUP_HEADER_LENGTH) };
}

/** The record at an offset of the payload; total. Views into the payload. */
export function parseRecord(payload: Buffer, offset: number): JournalRecord | undefined {
  if (offset + ENTRY_HEADER_LENGTH > payload.length) return undefined;
  const length = payload.readUInt32BE(offset);
  const end = offset + length;
  if (length < ENTRY_HEADER_LENGTH || end + LINK_LENGTH > payload.length || payload[offset + 5] !== 0) return undefined;
  const sequence = readU64(payload, offset + 8);
  if (sequence === undefined) return undefined;
  const bytes = payload.subarray(offset, end);
  const common = { offset, bytes, link: payload.subarray(end, end + LINK_LENGTH) };
  const short = bytes.readUInt16BE(6);
  const account = readAscii(bytes, 24, 12);
  switch (bytes[4]) {
    case ENTRY_KIND: {
      const at = readU64(bytes, 16);
      if (at === undefined) return undefined;
      const open = bytes.toString('utf8', ENTRY_HEADER_LENGTH, length);
      return { kind: 'entry', ...common, sequence, at, account, detail: short - 1, open };
    }
    case DETAIL_KIND: {
      if (length < DETAIL_HEADER_LENGTH) return undefined;
      const generation = bytes.readUInt32BE(36);
      const sealed = bytes.subarray(DETAIL_HEADER_LENGTH);
      const month = readAscii(bytes, 16, 8);
      return { kind: 'detail', ...common, entries: short, firstSequence: sequence, month, account, generation, sealed };
    }
    default:
      return undefined;
  }
}

export interface Group extends GroupHeader {
  readonly details: readonly DetailRecord[];
  readonly entryRecords: readonly EntryRecord[];
}

/** All of a group, in form only: whether the links are right is not looked at. Total. */
export function parseGroup(payload: Buffer): Group | undefined {
  const header = parseGroupHeader(payload);
  if (header === undefined) return undefined;
  const details: DetailRecord[] = [];
  const entryRecords: EntryRecord[] = [];
  let offset = GROUP_HEADER_LENGTH;
  while (offset < payload.length) {
    const record = parseRecord(payload, offset);
    if (record === undefined) return undefined;
    if (record.kind === 'detail') details.push(record);
    else if (record.sequence !== header.firstSequence + entryRecords.length) return undefined;
    else entryRecords.push(record);
    offset += record.bytes.length + LINK_LENGTH;
  }
  return entryRecords.length === header.entries ? { ...header, details, entryRecords } : undefined;
}

/** Link of the group's last record: where the next group goes on. */
export function lastLink(payload: Buffer): Buffer {
  return payload.subarray(payload.length - LINK_LENGTH);
}

/** Additional data of a detail record: see the format above. */
export function detailAad(journalId: Uint8Array, record: Buffer): Buffer {
  return Buffer.concat([journalId, record.subarray(4, DETAIL_HEADER_LENGTH)]);
}
