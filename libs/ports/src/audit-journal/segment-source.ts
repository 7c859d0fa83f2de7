import { inflateSegment } from './compressed-segment.js';
import { parseSegmentFileName, type SegmentName } from './segment-names.js';

/** The bytes of one segment, for a verifier that has nothing but files. */
export interface SegmentSource extends SegmentName {
  /** Its bytes from the start, uncompressed. May be called more than once. */
  open(): AsyncIterable<Uint8Array>;
}

/**
 * The segments among the files of a journal's folder, by number. Where a segment is there both raw and compressed (a crash in between),
 * the raw one counts.
 *
 * @param open the bytes of a file
 * @param inflate zstd decompression with that output bound; undefined for damaged data
 */
export function segmentSources(
  names: readonly string[],
  open: (name: string) => AsyncIterable<Uint8Array>,
  inflate: (stored: Uint8Array, rawLength: number) => Uint8Array | undefined,
): readonly SegmentSource[] {
  const found = new Map<number, SegmentSource>();
  for (const file of names) {
    const name = parseSegmentFileName(file);
    if (name === undefined || !(found.get(name.number)?.compressed ?? true)) continue;
    found.set(name.number, {
      ...name,
      open: () => (name.compressed ? inflateSegment(open(file), inflate) : open(file)),
    });
  }
  return [...found.values()].sort((a, b) => a.number - b.number);
}
