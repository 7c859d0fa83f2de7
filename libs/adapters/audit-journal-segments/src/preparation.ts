import {
  type DurableFile,
  encodeSegmentHeader,
  type JournalKeys,
  type SegmentHeader,
  segmentFileName,
  synced,
} from '@claviger/ports';
import type { Settings } from './options.js';

/** Not a segment yet: zeros without a header. Removed when a journal is opened. */
const PREPARED_FILE = 'next.zero';

const CHUNK = 1 << 20;

/**
 * Makes segments ahead of need. A file that is full of zeros already takes a flush at about half the price of one that grows: no size
 * and no extent has to be committed with the data.
 */
export class SegmentPreparation {
  #ready: Promise<DurableFile> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly keys: JournalKeys,
  ) {}

  /** Prepares the next segment in the background, once. A failure is told, and tried again when the segment is needed. */
  start(): void {
    if (this.#ready !== undefined) return;
    // In small steps: one large sync would stand in the way of the flushes that calls wait for.
    const ready = this.#fill(CHUNK);
    this.#ready = ready;
    ready.catch((error: unknown) => {
      if (this.#ready === ready) this.#ready = undefined;
      this.settings.notice({ kind: 'preparation-failed', error: asError(error) });
    });
  }

  /**
   * Turns the prepared file into the segment of this header, durable on return; fills one now when there is none.
   * The order matters: zeros synced, header synced, name in place, folder synced. A file under a segment's name always has a header.
   */
  async take(header: SegmentHeader): Promise<DurableFile> {
    const { files, folder } = this.settings;
    const ready = this.#ready ?? this.#fill(this.settings.segmentBytes);
    this.#ready = undefined;
    const file = await ready;
    try {
      await file.write(encodeSegmentHeader(header, this.keys), 0);
      await synced(file);
      const name = segmentFileName({ number: header.number, firstSequence: header.firstSequence, compressed: false });
      await files.rename(`${folder}/${PREPARED_FILE}`, `${folder}/${name}`);
      await files.syncFolder(folder);
      return file;
    } catch (error) {
      await file.close().catch(() => undefined);
      await files.remove(`${folder}/${PREPARED_FILE}`).catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    const file = await this.#ready?.catch(() => undefined);
    this.#ready = undefined;
    await file?.close();
    await this.settings.files.remove(`${this.settings.folder}/${PREPARED_FILE}`).catch(() => undefined);
  }

  async #fill(syncEvery: number): Promise<DurableFile> {
    const { files, folder, segmentBytes } = this.settings;
    const path = `${folder}/${PREPARED_FILE}`;
    const file = await files.open(path, 'create');
    try {
      const zeros = Buffer.alloc(Math.min(CHUNK, segmentBytes));
      for (let at = 0; at < segmentBytes; at += zeros.length) {
        await file.write(zeros.subarray(0, Math.min(zeros.length, segmentBytes - at)), at);
        if ((at + zeros.length) % syncEvery === 0) await synced(file);
      }
      await synced(file);
      return file;
    } catch (error) {
      await file.close().catch(() => undefined);
      await files.remove(path).catch(() => undefined);
      throw error;
    }
  }
}

export function asError(error: unknown): Error {
  return isError(error) ? error : new Error(String(error));
}

/** An error of any realm. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value;
}
