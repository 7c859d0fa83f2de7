import type { HmacSha256 } from '@claviger/crypto';
import {
  ANCHOR_FILE,
  type AnchorContent,
  AnchorDamaged,
  type DurableFile,
  encodeAnchor,
  encodeAnchorFrame,
  emptyAnchor,
  parseAnchor,
  readWhole,
  replaceWhole,
  synced,
} from '@claviger/ports';
import type { AnchorFiles } from './node-files.js';

/** Written anew when it is that much longer than what is alive in it: rare, and never for a small one. */
const SLACK_BYTES = 256 << 10;
const SLACK_TIMES = 4;

/** The anchor's one file. Appends until something fails or it has grown too long, then writes it anew. */
export class AnchorLog {
  #file: DurableFile | undefined;
  #mac: Uint8Array = new Uint8Array(0);
  #length = 0;
  #liveLength = 0;

  constructor(
    private readonly files: AnchorFiles,
    private readonly folder: string,
    private readonly key: HmacSha256,
  ) {}

  /** @throws AnchorDamaged; what the system says when the folder or file cannot be read */
  async read(): Promise<AnchorContent> {
    await this.files.ensureFolder(this.folder);
    const bytes = await readWhole(this.files, `${this.folder}/${ANCHOR_FILE}`);
    if (bytes === undefined) return emptyAnchor();
    const content = parseAnchor(bytes, this.key);
    if (content !== undefined) return content;
    throw new AnchorDamaged(
      `${this.folder}/${ANCHOR_FILE} does not verify under the anchor key: it was changed, or belongs to another installation`,
    );
  }

  /** True when the next write must be {@link rewrite}: nothing is open, or the file has grown too long. */
  get stale(): boolean {
    return this.#file === undefined || this.#length > SLACK_BYTES + SLACK_TIMES * this.#liveLength;
  }

  /** Appends encoded changes, durable on return. After a failure the file is given up. */
  async append(changes: readonly Buffer[]): Promise<void> {
    const file = this.#file;
    if (file === undefined) throw new Error('the anchor file is not open');
    try {
      const frame = encodeAnchorFrame(changes, this.#mac, this.key);
      file.writeSync(frame.bytes, this.#length);
      await synced(file);
      this.#length += frame.bytes.length;
      this.#mac = frame.mac;
    } catch (error) {
      // What is on the disk is unknown now: nothing is ever appended behind it.
      await this.close();
      throw error;
    }
  }

  /** Puts a new file with this content in the place of the old one, durable on return. */
  async rewrite(content: AnchorContent): Promise<void> {
    await this.close();
    const whole = encodeAnchor(content, this.key);
    await replaceWhole(this.files, this.folder, ANCHOR_FILE, whole.bytes);
    this.#file = await this.files.open(`${this.folder}/${ANCHOR_FILE}`, 'write');
    [this.#mac, this.#length, this.#liveLength] = [whole.mac, whole.bytes.length, whole.bytes.length];
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }
}
