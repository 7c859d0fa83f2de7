import type { HmacSha256 } from '@claviger/crypto';
import type { Logger } from '@claviger/platform';
import {
  Anchor,
  type AnchorChange,
  type AnchorContent,
  type AnchorState,
  AnchorUnavailable,
  applyChange,
  checkChange,
  encodeChange,
} from '@claviger/ports';
import { AnchorLog } from './log-file.js';
import { type AnchorFiles, nodeFiles } from './node-files.js';

export interface FileAnchorOptions {
  /** Outside the data folder, and best where those who can write the data folder cannot. */
  readonly folder: string;
  /** Serves nothing else. */
  readonly key: HmacSha256;
  readonly logger: Logger;
  readonly files?: AnchorFiles;
}

interface Waiting {
  readonly change: AnchorChange;
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Most bytes of one flush. */
const FLUSH_BYTES = 256 << 10;

/**
 * The anchor in a small append-only file of its own, every flush under a MAC that hangs on the one before. Callers share flushes.
 * After a failed write the whole file is written anew, by the next call that wants to write: nobody has to help.
 *
 * Who can write this folder as well as the data folder can bring back an older copy of both. That is not noticed here; it is why the
 * anchor lies elsewhere.
 */
export class FileAnchor extends Anchor {
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #broken = false;
  #closed = false;

  /**
   * Reads the anchor, and writes it anew, so that everything it then knows is durable and no torn end is left.
   * Opens as not writable when that fails.
   *
   * @throws AnchorDamaged; what the system says when it cannot be read
   */
  static async open(options: FileAnchorOptions): Promise<FileAnchor> {
    const log = new AnchorLog(options.files ?? nodeFiles, options.folder, options.key);
    const anchor = new FileAnchor(log, await log.read(), options.logger);
    await anchor.#attempt(() => log.rewrite(anchor.content)).catch(() => undefined);
    return anchor;
  }

  private constructor(
    private readonly log: AnchorLog,
    private readonly content: AnchorContent,
    private readonly logger: Logger,
  ) {
    super();
  }

  override state(): AnchorState | undefined {
    return this.content.state;
  }

  override advance(state: AnchorState): Promise<void> {
    return this.#record({ kind: 'state', state });
  }

  override versionMark(keyId: string): number {
    return this.content.marks.get(keyId) ?? 0;
  }

  override versionMarks(): ReadonlyMap<string, number> {
    return this.content.marks;
  }

  override async raiseVersionMark(keyId: string, version: number): Promise<void> {
    if (version >= 1 && version <= this.versionMark(keyId) && this.#alive()) return;
    await this.#record({ kind: 'mark', keyId, version });
  }

  override destroyed(): ReadonlySet<string> {
    return this.content.destroyed;
  }

  override async registerDestruction(reference: string): Promise<void> {
    if (this.content.destroyed.has(reference) && this.#alive()) return;
    await this.#record({ kind: 'destroyed', reference });
  }

  override writable(): boolean {
    return !this.#closed && !this.#broken;
  }

  override async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.log.close();
  }

  #alive(): boolean {
    return !this.#closed;
  }

  async #record(change: AnchorChange): Promise<void> {
    checkChange(change);
    if (this.#closed) throw new AnchorUnavailable('the anchor is closed');
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ change, bytes: encodeChange(change), resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Group commit without a timer: what comes while one flush is under way shares the next. */
  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#take();
      try {
        await this.#attempt(() => this.#write(group));
        for (const { change } of group) applyChange(this.content, change);
        for (const { resolve } of group) resolve();
      } catch (cause) {
        for (const { reject } of group) reject(new AnchorUnavailable('the anchor could not be written', { cause }));
      }
    }
    this.#running = undefined;
  }

  #take(): readonly Waiting[] {
    let size = 0;
    let count = 0;
    for (const { bytes } of this.#waiting) {
      size += bytes.length;
      if (count > 0 && size > FLUSH_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Only what is durable enters the content, so a file that is written anew holds what was answered before; the group follows it. */
  async #write(group: readonly Waiting[]): Promise<void> {
    if (this.log.stale) await this.log.rewrite(this.content);
    await this.log.append(group.map(({ bytes }) => bytes));
  }

  async #attempt(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!this.#broken) this.logger.error('ALERT: the anchor cannot be written', { error });
      this.#broken = true;
      throw error;
    }
    if (this.#broken) this.logger.info('the anchor can be written again');
    this.#broken = false;
  }
}
