import {
  type DurableFile,
  type DurableFiles,
  isMissing,
  JOURNAL_KEY_FILE,
  type JournalPiece,
  RETENTION_MARK_FILE,
  segmentFileName,
  type SegmentName,
} from '@claviger/ports';
import { type Catalogue, isActive } from './catalogue.js';

const CHUNK = 256 << 10;

/**
 * The files of a journal that is written on, up to what is durable now: the key, each segment, and last the retention mark, so that it
 * tells of every segment that was removed while the others were read.
 */
export async function* copySegments(
  files: DurableFiles,
  folder: string,
  catalogue: Catalogue,
): AsyncGenerator<JournalPiece, void, undefined> {
  const { closed, active } = catalogue;
  const segments = [...closed, ...(active === undefined ? [] : [active])].map((segment) => ({
    ...nameOf(segment),
    // Behind it may lie the half of a flush.
    end: isActive(segment) ? segment.offset : undefined,
  }));
  yield* fileAt(files, folder, JOURNAL_KEY_FILE);
  for (const { end, ...segment } of segments) {
    // A segment that was closed meanwhile may have been compressed, or removed by retention, which its mark then tells.
    const found = await firstOf(files, folder, [segment, { ...segment, compressed: true }]);
    if (found === undefined) continue;
    yield { kind: 'file', name: found.name, chunks: chunksOf(found.file, found.compressed ? undefined : end) };
  }
  yield* fileAt(files, folder, RETENTION_MARK_FILE);
}

const nameOf = (segment: SegmentName | { readonly number: number; readonly firstSequence: number }): SegmentName => ({
  number: segment.number,
  firstSequence: segment.firstSequence,
  compressed: 'compressed' in segment && segment.compressed,
});

async function* fileAt(files: DurableFiles, folder: string, name: string): AsyncGenerator<JournalPiece> {
  const file = await openOrNone(files, `${folder}/${name}`);
  if (file !== undefined) yield { kind: 'file', name, chunks: chunksOf(file, undefined) };
}

async function firstOf(
  files: DurableFiles,
  folder: string,
  names: readonly SegmentName[],
): Promise<{ readonly name: string; readonly file: DurableFile; readonly compressed: boolean } | undefined> {
  for (const segment of names) {
    const name = segmentFileName(segment);
    const file = await openOrNone(files, `${folder}/${name}`);
    if (file !== undefined) return { name, file, compressed: segment.compressed };
  }
  return undefined;
}

async function openOrNone(files: DurableFiles, path: string): Promise<DurableFile | undefined> {
  try {
    return await files.open(path, 'read');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function* chunksOf(file: DurableFile, end: number | undefined): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let at = 0; ; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, (end ?? Number.MAX_SAFE_INTEGER) - at));
      const length = chunk.length === 0 ? 0 : await file.read(chunk, at);
      if (length === 0) return;
      yield chunk.subarray(0, length);
      at += length;
    }
  } finally {
    await file.close();
  }
}
