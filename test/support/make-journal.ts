import { randomBytes } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { SecretBytes } from '@claviger/crypto';
import {
  type ChainPlace,
  compressedHeader,
  encodeBlockHeader,
  encodeSegmentHeader,
  GroupBuilder,
  type GroupItem,
  journalKeys,
  type SegmentReason,
  segmentFileName,
  type SegmentSource,
  segmentSources,
} from '@claviger/ports';

export const keyOf = (fill: number): SecretBytes => SecretBytes.take(new Uint8Array(32).fill(fill));
const journalId = new Uint8Array(16).fill(9);
const detailKey = { account: '111111111111', month: '2026-11', generation: 0, key: keyOf(3) };

/** Where a group lies. */
export interface MadeGroup {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
  readonly first: number;
  readonly entries: number;
}

/** Writes journals byte by byte, as the service would, with any key. */
export class JournalMaker {
  readonly files = new Map<string, Buffer>();
  readonly groups: MadeGroup[] = [];
  readonly links: Uint8Array[] = [];
  place: ChainPlace = { next: 1, link: new Uint8Array(32) };
  readonly #keys;
  readonly #builder;
  #name = '';
  #number = 0;

  constructor(key: SecretBytes = keyOf(7)) {
    this.#keys = journalKeys(key);
    this.#builder = new GroupBuilder(this.#keys, journalId, randomBytes);
  }

  get file(): Buffer {
    return this.files.get(this.#name) ?? Buffer.alloc(0);
  }

  get name(): string {
    return this.#name;
  }

  segment(reason: SegmentReason = 'full'): this {
    this.#number++;
    const firstSequence = this.place.next;
    const header = {
      number: this.#number,
      firstSequence,
      previousLink: this.place.link,
      journalId,
      reason,
      openedAt: 0,
    };
    this.#name = segmentFileName({ ...header, compressed: false });
    this.files.set(this.#name, encodeSegmentHeader(header, this.#keys));
    return this;
  }

  /** @param keep false: the group is written, but its flush failed */
  group(entries: number, { detail = true, keep = true } = {}): this {
    const items: GroupItem[] = Array.from({ length: entries }, (_, i) => {
      const n = this.place.next + i;
      const text = detail ? `{"n":${n}}` : '';
      const entry = { account: '111111111111', at: 1_764_000_000_000 + n, open: `{"v":1,"n":${n}}`, detail: text };
      return { entry, detailKey: detail ? detailKey : undefined };
    });
    const built = this.#builder.build(items, this.place.next, this.place.link);
    const offset = this.file.length;
    const { next } = this.place;
    this.groups.push({ segment: this.#number, offset, length: built.bytes.length, first: next, entries });
    this.files.set(this.#name, Buffer.concat([this.file, built.bytes]));
    if (keep) this.place = { next: next + entries, link: built.link };
    return this;
  }

  zeros(count: number): this {
    this.files.set(this.#name, Buffer.concat([this.file, Buffer.alloc(count)]));
    return this;
  }

  /** Compresses a closed segment. */
  compress(name: string): this {
    const raw = this.files.get(name) ?? Buffer.alloc(0);
    const stored = zstdCompressSync(raw);
    const block = { rawLength: raw.length, storedLength: stored.length, rawOffset: 0, firstSequence: 1 };
    const end = { rawLength: 0, storedLength: 0, rawOffset: raw.length, firstSequence: 0 };
    this.files.delete(name);
    this.files.set(
      `${name}.zst`,
      Buffer.concat([compressedHeader(), encodeBlockHeader(block), stored, encodeBlockHeader(end)]),
    );
    return this;
  }

  edit(name: string, change: (bytes: Buffer) => Buffer): this {
    this.files.set(name, change(Buffer.from(this.files.get(name) ?? Buffer.alloc(0))));
    return this;
  }

  link(): string {
    return Buffer.from(this.place.link).toString('hex');
  }
}

export function sourcesOf(files: ReadonlyMap<string, Buffer>, chunk = 1000): readonly SegmentSource[] {
  async function* open(name: string): AsyncGenerator<Uint8Array> {
    const bytes = files.get(name) ?? Buffer.alloc(0);
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  return segmentSources([...files.keys()], open, (stored, maxOutputLength) => {
    try {
      return zstdDecompressSync(stored, { maxOutputLength });
    } catch {
      return undefined;
    }
  });
}
