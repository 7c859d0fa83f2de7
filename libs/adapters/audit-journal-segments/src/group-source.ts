import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { FRAME_HEADER_LENGTH, MAX_FRAME_PAYLOAD, parseFrame } from '@claviger/crypto';
import {
  asBuffer,
  BLOCK_HEADER_LENGTH,
  type BlockHeader,
  COMPRESSED_HEADER_LENGTH,
  type DurableFile,
  isCompressedHeader,
  JournalDamaged,
  parseBlockHeader,
  parseGroupHeader,
  SEGMENT_HEADER_LENGTH,
} from '@claviger/ports';

const decompress = promisify(zstdDecompress);
const CHUNK = 256 << 10;

/** A group in a segment. `offset` and `next` count bytes of the uncompressed form, compressed or not. */
export interface StoredGroup {
  readonly offset: number;
  readonly next: number;
  readonly payload: Buffer;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** The groups of one segment. */
export interface GroupSource {
  /** The groups from an offset at which one starts; ends where there is none. @throws JournalDamaged for a broken one */
  groups(from: number): AsyncGenerator<StoredGroup, void, undefined>;
  /** Offset of a group at or before the one with this sequence. */
  locate(sequence: number): Promise<number>;
  /** The first bytes, with the segment's header. */
  header(): Promise<Buffer>;
}

/** @param end of what may be read, in bytes */
export function rawSource(file: DurableFile, segment: number, end: number): GroupSource {
  return {
    async *groups(from) {
      let chunk = Buffer.alloc(0);
      let base = from;
      let at = 0;
      const fill = async (need: number): Promise<boolean> => {
        if (chunk.length - at >= need) return true;
        base += at;
        const size = Math.min(Math.max(need, CHUNK), end - base);
        if (size < need) return false;
        const fresh = Buffer.allocUnsafe(size);
        chunk = fresh.subarray(0, await file.read(fresh, base));
        at = 0;
        return chunk.length >= need;
      };
      while (await fill(FRAME_HEADER_LENGTH)) {
        const length = chunk.readUInt32BE(at);
        if (length === 0) return;
        const offset = base + at;
        const whole = length <= MAX_FRAME_PAYLOAD && (await fill(FRAME_HEADER_LENGTH + length));
        const group = whole ? groupAt(chunk, at, offset) : undefined;
        if (group === undefined) throw new JournalDamaged('no whole group', segment, offset);
        yield group;
        at += group.next - group.offset;
      }
    },
    locate: () => Promise.resolve(SEGMENT_HEADER_LENGTH),
    async header() {
      const bytes = Buffer.alloc(SEGMENT_HEADER_LENGTH);
      return bytes.subarray(0, await file.read(bytes, 0));
    },
  };
}

interface StoredBlock extends BlockHeader {
  readonly position: number;
}

const MAX_TABLES = 64;

/** Block tables, and the block that was opened last: who reads page by page finds both again. Segments never change, so nothing expires. */
export class BlockCache {
  readonly #tables = new Map<number, readonly StoredBlock[]>();
  #last: { readonly segment: number; readonly rawOffset: number; readonly raw: Buffer } | undefined;

  async table(file: DurableFile, segment: number): Promise<readonly StoredBlock[]> {
    const known = this.#tables.get(segment);
    if (known !== undefined) return known;
    const table = await readTable(file, segment);
    this.#tables.set(segment, table);
    const [oldest] = this.#tables.keys();
    if (this.#tables.size > MAX_TABLES && oldest !== undefined) this.#tables.delete(oldest);
    return table;
  }

  async open(file: DurableFile, segment: number, block: StoredBlock): Promise<Buffer> {
    if (this.#last?.segment === segment && this.#last.rawOffset === block.rawOffset) return this.#last.raw;
    const stored = Buffer.allocUnsafe(block.storedLength);
    const length = await file.read(stored, block.position);
    const raw = await decompress(stored.subarray(0, length), { maxOutputLength: block.rawLength }).catch(
      () => undefined,
    );
    if (raw?.length !== block.rawLength)
      throw new JournalDamaged('a compressed block does not open', segment, block.rawOffset);
    this.#last = { segment, rawOffset: block.rawOffset, raw };
    return raw;
  }
}

export function compressedSource(file: DurableFile, segment: number, cache = new BlockCache()): GroupSource {
  const blocks = (): Promise<readonly StoredBlock[]> => cache.table(file, segment);
  const open = (block: StoredBlock): Promise<Buffer> => cache.open(file, segment, block);
  return {
    async *groups(from) {
      for (const block of await blocks()) {
        const end = block.rawOffset + block.rawLength;
        if (end <= from) continue;
        const raw = await open(block);
        let offset = Math.max(from, block.rawOffset, SEGMENT_HEADER_LENGTH);
        while (offset < end) {
          const group = groupAt(raw, offset - block.rawOffset, offset);
          if (group === undefined) throw new JournalDamaged('no whole group', segment, offset);
          yield group;
          offset = group.next;
        }
      }
    },
    async locate(sequence) {
      let found = SEGMENT_HEADER_LENGTH;
      for (const block of await blocks()) {
        if (block.firstSequence > sequence) break;
        if (block.firstSequence > 0) found = Math.max(block.rawOffset, SEGMENT_HEADER_LENGTH);
      }
      return found;
    },
    async header() {
      const [first] = await blocks();
      return first === undefined ? Buffer.alloc(0) : (await open(first)).subarray(0, SEGMENT_HEADER_LENGTH);
    },
  };
}

async function readTable(file: DurableFile, segment: number): Promise<readonly StoredBlock[]> {
  const start = Buffer.alloc(COMPRESSED_HEADER_LENGTH);
  await file.read(start, 0);
  if (!isCompressedHeader(start)) throw new JournalDamaged('no compressed segment', segment, 0);
  const table: StoredBlock[] = [];
  const header = Buffer.alloc(BLOCK_HEADER_LENGTH);
  let position = COMPRESSED_HEADER_LENGTH;
  let rawOffset = 0;
  for (;;) {
    const length = await file.read(header, position);
    const block = parseBlockHeader(header.subarray(0, length));
    if (block === undefined || block.rawOffset !== rawOffset)
      throw new JournalDamaged('no compressed block', segment, rawOffset);
    if (block.rawLength === 0) return table;
    position += BLOCK_HEADER_LENGTH;
    table.push({ ...block, position });
    position += block.storedLength;
    rawOffset += block.rawLength;
  }
}

/** The group whose frame starts at `at` of `bytes`, `offset` of the segment; undefined when it is broken. */
function groupAt(bytes: Buffer, at: number, offset: number): StoredGroup | undefined {
  const frame = parseFrame(bytes, at);
  if (frame.kind !== 'ok') return undefined;
  const payload = asBuffer(frame.payload);
  const header = parseGroupHeader(payload);
  if (header === undefined) return undefined;
  const { firstSequence, entries } = header;
  return { offset, next: offset + frame.next - at, payload, firstSequence, lastSequence: firstSequence + entries - 1 };
}
