import { promisify } from 'node:util';
import { zstdCompress, zstdDecompressSync } from 'node:zlib';
import {
  compressedHeader,
  type DurableFile,
  encodeBlockHeader,
  encodeRetentionMark,
  type JournalKeys,
  parseRetentionMark,
  parseSegmentHeader,
  readWhole,
  replaceWhole,
  RETENTION_MARK_FILE,
  SEGMENT_HEADER_LENGTH,
  type SegmentHeader,
  segmentFileName,
  synced,
} from '@claviger/ports';
import type { Catalogue } from './catalogue.js';
import { rawSource } from './group-source.js';
import type { Settings } from './options.js';
import { asError } from './preparation.js';
import type { SegmentReader } from './reader.js';
import type { ClosedSegment } from './segment.js';

const compress = promisify(zstdCompress);
const BLOCK = 1 << 20;
const DAY = 86_400_000;

/** Compresses closed segments and removes those past their retention, one at a time, in the background. */
export class Upkeep {
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(
    private readonly settings: Settings,
    private readonly keys: JournalKeys,
    private readonly catalogue: Catalogue,
    private readonly reader: SegmentReader,
  ) {}

  /** Looks for work; at once when idle, else once more after what is being done. */
  wake(): void {
    if (this.#closed) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.wake();
      }
    });
  }

  /** Resolves when no work is left. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.idle();
  }

  async #run(): Promise<void> {
    await this.#guarded(0, () => this.#retain());
    if (this.settings.retention.compress === false) return;
    for (const segment of this.catalogue.closed) {
      if (this.#closed) return;
      if (!segment.compressed) await this.#guarded(segment.number, () => this.#compress(segment));
    }
  }

  async #guarded(segment: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.settings.notice({ kind: 'upkeep-failed', segment, error: asError(error) });
    }
  }

  async #compress(segment: ClosedSegment): Promise<void> {
    const { files, folder } = this.settings;
    const raw = segmentFileName(segment);
    const name = segmentFileName({ ...segment, compressed: true });
    const source = await files.open(`${folder}/${raw}`, 'read');
    try {
      const target = await files.open(`${folder}/${name}.tmp`, 'create');
      try {
        await this.#writeBlocks(segment, source, target);
        await synced(target);
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
    await files.rename(`${folder}/${name}.tmp`, `${folder}/${name}`);
    await files.syncFolder(folder);
    const { index: _, ...rest } = segment;
    this.catalogue.replace({ ...rest, compressed: true });
    await files.remove(`${folder}/${raw}`);
    await files.syncFolder(folder);
    this.settings.notice({ kind: 'compressed', segment: segment.number });
  }

  /** Cuts between groups, at the segment's valid end at last: what is void is not kept. */
  async #writeBlocks(segment: ClosedSegment, source: DurableFile, target: DurableFile): Promise<void> {
    let position = 0;
    const put = async (bytes: Buffer): Promise<void> => {
      await target.write(bytes, position);
      position += bytes.length;
    };
    await put(compressedHeader());
    let start = 0;
    let first = 0;
    const cut = async (end: number): Promise<void> => {
      const bytes = Buffer.alloc(end - start);
      await source.read(bytes, start);
      const stored = await compress(bytes);
      // What replaces the original is looked at before that goes.
      if (!zstdDecompressSync(stored).equals(bytes)) throw new Error('compressed data does not open');
      const block = { rawLength: bytes.length, storedLength: stored.length, rawOffset: start, firstSequence: first };
      await put(encodeBlockHeader(block));
      await put(stored);
      [start, first] = [end, 0];
    };
    let end = SEGMENT_HEADER_LENGTH;
    let sequence = segment.firstSequence - 1;
    if (segment.lastSequence > sequence) {
      for await (const group of rawSource(source, segment.number, await source.size()).groups(end)) {
        if (group.firstSequence > segment.lastSequence) break;
        if (first === 0) first = group.firstSequence;
        [end, sequence] = [group.next, group.lastSequence];
        if (end - start >= BLOCK) await cut(end);
        if (sequence >= segment.lastSequence) break;
      }
    }
    if (sequence !== segment.lastSequence) throw new Error(`record ${sequence + 1} is missing`);
    if (end > start) await cut(end);
    await put(encodeBlockHeader({ rawLength: 0, storedLength: 0, rawOffset: start, firstSequence: 0 }));
  }

  async #retain(): Promise<void> {
    const { files, folder, clock, retention } = this.settings;
    const kept = await readWhole(files, `${folder}/${RETENTION_MARK_FILE}`);
    const mark = kept === undefined ? undefined : parseRetentionMark(kept, this.keys);
    // 1. An earlier run wrote its mark, and was interrupted.
    await this.#removeBefore(mark?.segment ?? 0);
    if (retention.keepDays === undefined || retention.hold?.() === true) return;
    // 2. Find the first segment to keep: a segment ends when the next one is opened.
    const oldest = clock.now() - retention.keepDays * DAY;
    let keep: SegmentHeader | undefined;
    const { closed, active } = this.catalogue;
    for (let i = 0; i < closed.length; i++) {
      const after = closed[i + 1] ?? active;
      const header = after === undefined ? undefined : parseSegmentHeader(await this.reader.header(after), this.keys);
      if (header === undefined || header.openedAt >= oldest) break;
      keep = header;
    }
    if (keep === undefined) return;
    // 3. The mark first, so that removed by retention and removed by somebody else are told apart.
    const { journalId, number, firstSequence, previousLink } = keep;
    const fresh = encodeRetentionMark({ journalId, segment: number, firstSequence, previousLink }, this.keys);
    await replaceWhole(files, folder, RETENTION_MARK_FILE, fresh);
    await this.#removeBefore(number);
  }

  async #removeBefore(number: number): Promise<void> {
    const { files, folder, retention, notice } = this.settings;
    const gone = this.catalogue.closed.filter((segment) => segment.number < number);
    if (gone.length === 0) return;
    const { archiveFolder } = retention;
    if (archiveFolder !== undefined) await files.ensureFolder(archiveFolder);
    for (const segment of gone) {
      const name = segmentFileName(segment);
      if (archiveFolder === undefined) await files.remove(`${folder}/${name}`);
      else {
        await files.rename(`${folder}/${name}`, `${archiveFolder}/${name}`);
        await files.syncFolder(archiveFolder);
      }
      this.catalogue.removeBefore(segment.number + 1);
      notice({ kind: archiveFolder === undefined ? 'removed' : 'archived', segment: segment.number });
    }
    await files.syncFolder(folder);
  }
}
