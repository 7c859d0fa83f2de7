import { readU64, writeU64 } from './bytes.js';

/**
 * A closed segment, compressed: its header and groups up to its valid end, byte for byte, cut between groups into blocks that can be
 * opened one by one.
 *
 *     0 magic (8) · 8 format version (u16) · 10 zeros (6), then blocks:
 *     0 raw length (u32) · 4 stored length (u32) · 8 raw offset (u64) · 16 first sequence in it (u64, 0 if none) · 24 zstd (RFC 8878)
 *
 * A block of raw length 0 ends the file. Nothing here is authenticated: the chain inside is.
 */
export const COMPRESSED_HEADER_LENGTH = 16;
export const BLOCK_HEADER_LENGTH = 24;
/** Most raw bytes of a block; a bound against decompression bombs. */
const MAX_BLOCK_LENGTH = 4 << 20;

const MAGIC = Buffer.from('CLVGJZST', 'latin1');

export interface BlockHeader {
  readonly rawLength: number;
  readonly storedLength: number;
  readonly rawOffset: number;
  readonly firstSequence: number;
}

export function compressedHeader(): Buffer {
  const bytes = Buffer.alloc(COMPRESSED_HEADER_LENGTH);
  MAGIC.copy(bytes);
  bytes.writeUInt16BE(1, 8);
  return bytes;
}

export function isCompressedHeader(bytes: Buffer): boolean {
  return (
    bytes.length >= COMPRESSED_HEADER_LENGTH && bytes.subarray(0, COMPRESSED_HEADER_LENGTH).equals(compressedHeader())
  );
}

export function encodeBlockHeader(block: BlockHeader): Buffer {
  const bytes = Buffer.alloc(BLOCK_HEADER_LENGTH);
  bytes.writeUInt32BE(block.rawLength, 0);
  bytes.writeUInt32BE(block.storedLength, 4);
  writeU64(bytes, block.rawOffset, 8);
  writeU64(bytes, block.firstSequence, 16);
  return bytes;
}

/** Total. */
export function parseBlockHeader(bytes: Buffer): BlockHeader | undefined {
  if (bytes.length < BLOCK_HEADER_LENGTH) return undefined;
  const rawLength = bytes.readUInt32BE(0);
  const storedLength = bytes.readUInt32BE(4);
  const rawOffset = readU64(bytes, 8);
  const firstSequence = readU64(bytes, 16);
  if (rawOffset === undefined || firstSequence === undefined) return undefined;
  if (rawLength > MAX_BLOCK_LENGTH || storedLength > 2 * MAX_BLOCK_LENGTH) return undefined;
  return { rawLength, storedLength, rawOffset, firstSequence };
}

/**
 * The raw bytes of a compressed segment. Where the file is damaged, the bytes end early: the chain then misses records.
 * @param inflate zstd decompression with an output bound of `rawLength`; undefined for damaged data
 */
export async function* inflateSegment(
  chunks: AsyncIterable<Uint8Array>,
  inflate: (stored: Uint8Array, rawLength: number) => Uint8Array | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let pending = Buffer.alloc(0);
  let started = false;
  let rawOffset = 0;
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    if (!started) {
      if (pending.length < COMPRESSED_HEADER_LENGTH) continue;
      if (!isCompressedHeader(pending)) return;
      pending = pending.subarray(COMPRESSED_HEADER_LENGTH);
      started = true;
    }
    while (pending.length >= BLOCK_HEADER_LENGTH) {
      const block = parseBlockHeader(pending);
      if (block === undefined || block.rawLength === 0 || block.rawOffset !== rawOffset) return;
      const end = BLOCK_HEADER_LENGTH + block.storedLength;
      if (pending.length < end) break;
      const raw = inflate(pending.subarray(BLOCK_HEADER_LENGTH, end), block.rawLength);
      if (raw === undefined || raw.length !== block.rawLength) return;
      yield raw;
      rawOffset += raw.length;
      pending = pending.subarray(end);
    }
  }
}
