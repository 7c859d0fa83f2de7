import { randomBytes } from 'node:crypto';
import { SecretBytes } from '@claviger/crypto';
import { InMemoryDetailKeys, type JournalEntry } from '@claviger/ports';
import { SimulatedDisk } from '@claviger/ports/testing';
import { FakeClock } from '@claviger/testing';
import { SegmentsAuditJournal } from '../journal.js';
import type { JournalNotice, SegmentsJournalOptions } from '../options.js';

export const FOLDER = '/journal';
export const journalKey = SecretBytes.take(new Uint8Array(32).fill(7));
export const AT = Date.UTC(2026, 10, 24, 3);
export const ACCOUNT = '111111111111';

/** A journal on a simulated disk, and all that it was given. */
export class Bench {
  readonly notices: JournalNotice[] = [];
  readonly clock = new FakeClock(AT);
  readonly detailKeys = new InMemoryDetailKeys(randomBytes);

  constructor(
    readonly disk = new SimulatedDisk(),
    readonly options: Partial<SegmentsJournalOptions> = {},
  ) {}

  open(over: Partial<SegmentsJournalOptions> = {}): Promise<SegmentsAuditJournal> {
    return SegmentsAuditJournal.open({
      folder: FOLDER,
      journalKey,
      detailKeys: this.detailKeys,
      random: randomBytes,
      clock: this.clock,
      files: this.disk,
      segmentBytes: 16_384,
      notice: (notice) => this.notices.push(notice),
      retention: { compress: false },
      ...this.options,
      ...over,
    });
  }

  kinds(): string[] {
    return this.notices.map((notice) => notice.kind);
  }

  segments(): string[] {
    return this.disk
      .paths()
      .filter((path) => path.includes('.segment'))
      .map((path) => path.slice(FOLDER.length + 1));
  }
}

export const entry = (n: number, over: Partial<JournalEntry> = {}): JournalEntry => ({
  account: ACCOUNT,
  at: AT + n,
  open: JSON.stringify({ v: 1, n, operation: 'Decrypt', key: 'x'.repeat(100) }),
  detail: JSON.stringify({ source: '192.0.2.1', n }),
  ...over,
});

/** Lets callbacks of the simulated disk run. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}
