import { zstdDecompressSync } from 'node:zlib';
import type { SecretBytes } from '@claviger/crypto';
import {
  type DetailKeys,
  type DurableFile,
  type DurableFiles,
  type JournalKeys,
  journalKeys,
  readWhole,
  type RecordedEntry,
  RETENTION_MARK_FILE,
  segmentFileName,
  type SegmentSource,
  segmentSources,
} from '@claviger/ports';
import { Catalogue } from './catalogue.js';
import { nodeFiles } from './node-files.js';
import { SegmentReader } from './reader.js';
import { segmentsOf, walk } from './recover.js';
import type { ActiveSegment, ClosedSegment } from './segment.js';

const CHUNK = 1 << 20;

export interface OfflineOptions {
  readonly folder: string;
  readonly journalKey: SecretBytes;
  /** Without them every detail reads as erased. */
  readonly detailKeys?: DetailKeys;
  readonly files?: DurableFiles;
}

/** Reads a journal that no process writes, with nothing but its files and its key. Never writes. */
export class OfflineJournal {
  private constructor(
    private readonly files: DurableFiles,
    private readonly folder: string,
    private readonly keys: JournalKeys,
    private readonly reader: SegmentReader | undefined,
    /** Last whole record of the last segment; 0 in an empty journal. */
    readonly head: number,
  ) {}

  /** @throws JournalDamaged when the last segment was changed, or one is missing */
  static async open(options: OfflineOptions): Promise<OfflineJournal> {
    const { folder, files = nodeFiles, detailKeys } = options;
    const keys = journalKeys(options.journalKey);
    const segments = segmentsOf(await files.list(folder));
    const tail = segments.at(-1);
    if (tail === undefined) return new OfflineJournal(files, folder, keys, undefined, 0);
    const file = await files.open(`${folder}/${segmentFileName(tail)}`, 'read');
    try {
      const { header, place, end, index } = await walk(file, tail, keys);
      const closed: ClosedSegment[] = segments.slice(0, -1).map((segment, i) => {
        return { ...segment, lastSequence: (segments[i + 1]?.firstSequence ?? 1) - 1 };
      });
      const { number, firstSequence } = tail;
      const active: ActiveSegment = { number, firstSequence, file, index, offset: end, capacity: end };
      const last = { ...tail, lastSequence: place.next - 1 };
      const catalogue = tail.compressed ? new Catalogue([...closed, last], undefined) : new Catalogue(closed, active);
      const reader = new SegmentReader(files, folder, catalogue, header.journalId, detailKeys);
      return new OfflineJournal(files, folder, keys, reader, place.next - 1);
    } finally {
      await file.close();
    }
  }

  /** @throws JournalDamaged */
  async read(after: number, maxCount: number): Promise<readonly RecordedEntry[]> {
    return (await this.reader?.read(after, maxCount, this.head)) ?? [];
  }

  async link(sequence: number): Promise<string | undefined> {
    if (sequence > this.head) return undefined;
    const link = await this.reader?.link(sequence);
    return link && Buffer.from(link).toString('hex');
  }

  /** For the chain verifier of `@claviger/audit`. */
  sources(): Promise<readonly SegmentSource[]> {
    return folderSources(this.folder, this.files);
  }

  /** The retention mark beside the segments, for the chain verifier. */
  retentionMark(): Promise<Buffer | undefined> {
    return readWhole(this.files, `${this.folder}/${RETENTION_MARK_FILE}`);
  }

  close(): void {
    this.keys.wipe();
  }
}

/** The segments of a folder as the chain verifier takes them: also where {@link OfflineJournal.open} finds damage. */
export async function folderSources(
  folder: string,
  files: DurableFiles = nodeFiles,
): Promise<readonly SegmentSource[]> {
  return segmentSources(await files.list(folder), (name) => chunks(files, `${folder}/${name}`), inflate);
}

async function* chunks(files: DurableFiles, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file: DurableFile = await files.open(path, 'read');
  try {
    for (let at = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const length = await file.read(chunk, at);
      if (length === 0) return;
      yield chunk.subarray(0, length);
      at += length;
    }
  } finally {
    await file.close();
  }
}

function inflate(stored: Uint8Array, rawLength: number): Uint8Array | undefined {
  try {
    return zstdDecompressSync(stored, { maxOutputLength: rawLength });
  } catch {
    return undefined;
  }
}
