import { encodeFrameInto, FRAME_HEADER_LENGTH, LINK_LENGTH, type RandomSource, sealXChaCha } from '@claviger/crypto';
import { writeAscii, writeU64 } from './bytes.js';
import type { JournalEntry, RecordedEntry } from './contract.js';
import type { DetailKey } from './detail-keys.js';
import {
  DETAIL_HEADER_LENGTH,
  DETAIL_KIND,
  DETAIL_OVERHEAD,
  detailAad,
  ENTRY_HEADER_LENGTH,
  ENTRY_KIND,
  GROUP_HEADER_LENGTH,
  MAX_GROUP_LENGTH,
} from './group-format.js';
import type { JournalKeys } from './journal-keys.js';

/** An entry on its way into a group. */
export interface GroupItem {
  readonly entry: JournalEntry;
  /** Seals the detail; undefined where there is none. */
  readonly detailKey: DetailKey | undefined;
}

export interface BuiltGroup {
  /** The whole frame; valid until the next call. */
  readonly bytes: Buffer;
  readonly link: Uint8Array;
  /** Views of the entries, as readers will find them. */
  readonly recorded: RecordedEntry[];
}

/** Upper bound of what an entry adds to a group beside its texts. */
const ENTRY_OVERHEAD = ENTRY_HEADER_LENGTH + LINK_LENGTH + 4 + DETAIL_OVERHEAD;

/** Upper bound in bytes of what an entry adds to a group. */
export function entryCost(entry: JournalEntry): number {
  return Buffer.byteLength(entry.open) + (entry.detail === '' ? 0 : Buffer.byteLength(entry.detail)) + ENTRY_OVERHEAD;
}

/** Bytes of a group beside its entries. */
export const GROUP_OVERHEAD = FRAME_HEADER_LENGTH + GROUP_HEADER_LENGTH;

/** Encodes groups into one buffer of its own; links, seals and frames them. Not re-entrant. `maxLength`: longest frame, in bytes. */
export class GroupBuilder {
  readonly #buffer: Buffer;
  #plain = Buffer.alloc(1 << 12);

  constructor(
    private readonly keys: JournalKeys,
    private readonly journalId: Uint8Array,
    private readonly random: RandomSource,
    maxLength = MAX_GROUP_LENGTH,
  ) {
    this.#buffer = Buffer.alloc(Math.min(maxLength, MAX_GROUP_LENGTH));
  }

  /** @param items at least one; their costs, with {@link GROUP_OVERHEAD}, together at most `maxLength` and {@link MAX_GROUP_LENGTH} */
  build(items: readonly GroupItem[], firstSequence: number, previousLink: Uint8Array): BuiltGroup {
    const buffer = this.#buffer;
    let at = FRAME_HEADER_LENGTH;
    at = writeU64(buffer, firstSequence, at);
    at = buffer.writeUInt32BE(items.length, at);
    buffer.set(previousLink, at);
    at += LINK_LENGTH;
    let link = previousLink;

    // 1. One detail record per account and month.
    const keys: DetailKey[] = [];
    for (const { detailKey } of items) {
      if (detailKey !== undefined && !keys.includes(detailKey)) keys.push(detailKey);
    }
    for (const key of keys) {
      const end = this.#writeDetail(items, key, firstSequence, at);
      link = this.#link(link, at, end);
      at = end + LINK_LENGTH;
    }

    // 2. The entries.
    const recorded: RecordedEntry[] = [];
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item === undefined) continue;
      const { account, at: when, open, detail } = item.entry;
      const sequence = firstSequence + i;
      buffer[at + 4] = ENTRY_KIND;
      buffer[at + 5] = 0;
      buffer.writeUInt16BE(item.detailKey === undefined ? 0 : keys.indexOf(item.detailKey) + 1, at + 6);
      writeU64(buffer, sequence, at + 8);
      writeU64(buffer, when, at + 16);
      writeAscii(buffer, account, at + 24, 12);
      const length = ENTRY_HEADER_LENGTH + buffer.write(open, at + ENTRY_HEADER_LENGTH, 'utf8');
      buffer.writeUInt32BE(length, at);
      link = this.#link(link, at, at + length);
      at += length + LINK_LENGTH;
      recorded.push({ sequence, account, at: when, open, detail, erased: false });
    }

    // 3. The frame around them; the payload already lies in its place.
    const end = encodeFrameInto(buffer, 0, buffer.subarray(FRAME_HEADER_LENGTH, at));
    return { bytes: buffer.subarray(0, end), link, recorded };
  }

  #link(previous: Uint8Array, start: number, end: number): Uint8Array {
    const link = this.keys.linker(previous, this.#buffer.subarray(start, end));
    this.#buffer.set(link, end);
    return link;
  }

  /** Writes the detail record of one key at `at`; returns its end. */
  #writeDetail(items: readonly GroupItem[], key: DetailKey, firstSequence: number, at: number): number {
    const buffer = this.#buffer;
    let length = 0;
    let entries = 0;
    for (const { entry, detailKey } of items) {
      if (detailKey !== key) continue;
      this.#reserve(length + 4 + 3 * entry.detail.length, length);
      const written = this.#plain.write(entry.detail, length + 4, 'utf8');
      length = this.#plain.writeUInt32BE(written, length) + written;
      entries++;
    }
    buffer[at + 4] = DETAIL_KIND;
    buffer[at + 5] = 0;
    buffer.writeUInt16BE(entries, at + 6);
    writeU64(buffer, firstSequence, at + 8);
    writeAscii(buffer, key.month, at + 16, 8);
    writeAscii(buffer, key.account, at + 24, 12);
    buffer.writeUInt32BE(key.generation, at + 36);
    const aad = detailAad(this.journalId, buffer.subarray(at, at + DETAIL_HEADER_LENGTH));
    const plain = this.#plain.subarray(0, length);
    const sealed = key.key.use((bytes) => sealXChaCha(bytes, plain, aad, this.random));
    plain.fill(0);
    buffer.set(sealed, at + DETAIL_HEADER_LENGTH);
    buffer.writeUInt32BE(DETAIL_HEADER_LENGTH + sealed.length, at);
    return at + DETAIL_HEADER_LENGTH + sealed.length;
  }

  #reserve(size: number, used: number): void {
    if (size <= this.#plain.length) return;
    const grown = Buffer.alloc(2 * size);
    this.#plain.copy(grown, 0, 0, used);
    this.#plain.fill(0);
    this.#plain = grown;
  }
}
