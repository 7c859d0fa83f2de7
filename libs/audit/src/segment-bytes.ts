import { asBuffer, SEGMENT_HEADER_LENGTH, type SegmentSource } from '@claviger/ports';

/** At most `length` bytes from `offset` of a segment; fewer at its end. */
export async function readRange(source: SegmentSource, offset: number, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let at = 0;
  let have = 0;
  for await (const chunk of source.open()) {
    const bytes = asBuffer(chunk);
    const part = bytes.subarray(Math.max(0, offset - at), Math.max(0, offset + length - at));
    if (part.length > 0) parts.push(Buffer.from(part));
    have += part.length;
    at += bytes.length;
    if (have >= length) break;
  }
  return Buffer.concat(parts);
}

/** The bytes behind the header. */
export async function* behindHeader(source: SegmentSource): AsyncGenerator<Uint8Array, void, undefined> {
  let skip = SEGMENT_HEADER_LENGTH;
  for await (const chunk of source.open()) {
    if (chunk.length > skip) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}
