import { randomBytes } from 'node:crypto';
import { folderSources, SegmentsAuditJournal, type JournalNotice, type SegmentsJournalOptions } from '@claviger/adapters/audit-journal-segments';
import { type ChainHead, type ChainVerdict, verifyChain } from '@claviger/audit';
import { SecretBytes } from '@claviger/crypto';
import { InMemoryDetailKeys, type JournalEntry, readWhole, RETENTION_MARK_FILE } from '@claviger/ports';
import { SimulatedDisk } from '@claviger/ports/testing';
import { FakeClock } from '@claviger/testing';

export const FOLDER = '/journal';
export const journalKey = SecretBytes.take(new Uint8Array(32).fill(7));
const AT = Date.UTC(2026, 10, 24, 3);

export const entry = (n: number): JournalEntry => ({
  account: '111111111111',
  at: AT + n,
  open: JSON.stringify({ v: 1, n, operation: 'Decrypt', key: 'k'.repeat(n % 90) }),
  detail: n % 5 === 0 ? '' : JSON.stringify({ source: '192.0.2.1', n }),
});

/** A journal on a simulated disk that is opened again and again; its detail keys outlive every crash. */
export class Rig {
  readonly detailKeys = new InMemoryDetailKeys(randomBytes);
  readonly clock = new FakeClock(AT);
  readonly notices: JournalNotice[] = [];

  constructor(
    public disk = new SimulatedDisk(),
    readonly options: Partial<SegmentsJournalOptions> = {},
  ) {}

  open(): Promise<SegmentsAuditJournal> {
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
    });
  }

  /** What `claviger audit verify` does, over the simulated disk. */
  async verify(anchor?: ChainHead): Promise<ChainVerdict> {
    const sources = await folderSources(FOLDER, this.disk);
    const retentionMark = await readWhole(this.disk, `${FOLDER}/${RETENTION_MARK_FILE}`);
    return verifyChain({ sources, journalKey, ...(retentionMark && { retentionMark }), ...(anchor && { anchor }) });
  }

  /** The segment file with the highest number. */
  tail(): string {
    return this.disk.paths().filter((path) => /\.segment(\.zst)?$/.test(path)).at(-1) ?? '';
  }
}

export async function settle(turns = 10): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}
