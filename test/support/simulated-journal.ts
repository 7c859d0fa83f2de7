import { randomBytes } from 'node:crypto';
import {
  folderSources,
  type JournalNotice,
  SegmentsAuditJournal,
  type SegmentsJournalOptions,
} from '@claviger/adapters/audit-journal-segments';
import { type ChainHead, type ChainVerdict, verifyChain } from '@claviger/audit';
import { SecretBytes } from '@claviger/crypto';
import { InMemoryDetailKeys, type JournalEntry, RETENTION_MARK_FILE, readWhole } from '@claviger/ports';
import { SimulatedDisk } from '@claviger/ports/testing';
import { FakeClock } from '@claviger/testing';

export const FOLDER = '/journal';
export const journalKey = SecretBytes.take(new Uint8Array(32).fill(7));
export const AT = Date.UTC(2026, 10, 24, 3);

/** An entry whose texts, and their lengths, follow from `n`; each fifth without detail. */
export const entry = (n: number, over: Partial<JournalEntry> = {}): JournalEntry => ({
  account: '111111111111',
  at: AT + n,
  open: JSON.stringify({ v: 1, n, operation: 'Decrypt', key: 'k'.repeat(n % 90) }),
  detail: n % 5 === 0 ? '' : JSON.stringify({ source: '192.0.2.1', n }),
  ...over,
});

/** A journal on a simulated disk that is opened again and again; its detail keys outlive every crash. */
export class SimulatedJournal {
  detailKeys = new InMemoryDetailKeys(randomBytes);
  readonly clock = new FakeClock(AT);
  readonly notices: JournalNotice[] = [];

  constructor(
    readonly options: Partial<SegmentsJournalOptions> = {},
    readonly disk = new SimulatedDisk(),
  ) {}

  open(over: Partial<SegmentsJournalOptions> = {}): Promise<SegmentsAuditJournal> {
    return SegmentsAuditJournal.open({
      folder: FOLDER,
      journalKey,
      detailKeys: this.detailKeys,
      random: randomBytes,
      clock: this.clock,
      files: this.disk.mount(),
      segmentBytes: 8192,
      notice: (notice) => this.notices.push(notice),
      ...this.options,
      ...over,
    });
  }

  /** What `claviger audit verify` does, over the simulated disk. */
  async verify(anchor?: ChainHead): Promise<ChainVerdict> {
    const sources = await folderSources(FOLDER, this.disk);
    const retentionMark = await readWhole(this.disk, `${FOLDER}/${RETENTION_MARK_FILE}`);
    return verifyChain({ sources, journalKey, ...(retentionMark && { retentionMark }), ...(anchor && { anchor }) });
  }

  /** Paths of the segments, in order. */
  segments(): string[] {
    return this.disk.paths().filter((path) => /\.segment(\.zst)?$/.test(path));
  }

  /** Path of the last one. */
  tail(): string {
    return this.segments().at(-1) ?? '';
  }

  kinds(): string[] {
    return this.notices.map((notice) => notice.kind);
  }
}

/** Lets callbacks of the simulated disk run. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}
