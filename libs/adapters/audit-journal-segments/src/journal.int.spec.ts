import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemoryDetailKeys } from '@claviger/ports';
import { auditJournalConformance } from '@claviger/ports/testing';
import { SystemClock } from '@claviger/platform';
import { SegmentsAuditJournal } from './journal.js';
import type { SegmentsJournalOptions } from './options.js';
import { SimulatedJournal, entry, journalKey } from '../../../../test/support/simulated-journal.js';

const folders: string[] = [];
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-journal-'));
  folders.push(folder);
  return join(folder, 'journal');
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const detailKeys = new InMemoryDetailKeys(randomBytes);
const onDisk = (folder: string, over: Partial<SegmentsJournalOptions> = {}): Promise<SegmentsAuditJournal> =>
  SegmentsAuditJournal.open({
    folder,
    journalKey,
    detailKeys,
    random: randomBytes,
    clock: new SystemClock(),
    segmentBytes: 1 << 16,
    ...over,
  });

auditJournalConformance('SegmentsAuditJournal on real files', () =>
  onDisk(freshFolder(), { detailKeys: new InMemoryDetailKeys(randomBytes) }),
);
auditJournalConformance('SegmentsAuditJournal on a simulated disk with tiny segments', () =>
  new SimulatedJournal().open({ segmentBytes: 4096, retention: { compress: true } }),
);

describe('the journal on real files', () => {
  it('keeps files to itself (0600, folder 0700)', async () => {
    const folder = freshFolder();
    const journal = await onDisk(folder, { segmentBytes: 8192 });
    await Promise.all(Array.from({ length: 60 }, (_, i) => journal.append(entry(i))));
    await journal.upkeepIdle();
    await journal.close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const names = readdirSync(folder);
    expect(names.some((name) => name.endsWith('.zst'))).toBe(true);
    for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('goes on where it stood after it was closed, across many segments, raw and compressed', async () => {
    const folder = freshFolder();
    const expected = [];
    for (let round = 0; round < 4; round++) {
      const journal = await onDisk(folder, { segmentBytes: 16_384 });
      expect(journal.head()).toBe(expected.length);
      for (let i = 0; i < 50; i++) {
        const one = entry(expected.length);
        const sequence = await journal.append(one);
        expected.push({ ...one, sequence, erased: false });
      }
      await journal.close();
    }
    const journal = await onDisk(folder, { segmentBytes: 16_384 });
    await journal.upkeepIdle();
    const names = readdirSync(folder);
    expect(names.filter((name) => name.endsWith('.zst')).length).toBeGreaterThan(3);
    expect(await journal.read(0, 1000)).toEqual(expected);
    for (let after = 0; after < 200; after += 7) {
      expect(await journal.read(after, 10)).toEqual(expected.slice(after, after + 10));
    }
    await journal.close();
  });

  it('writes 20,000 entries of 64 callers and reads them back in pages', async () => {
    const journal = await onDisk(freshFolder(), { segmentBytes: 1 << 20 });
    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < 20_000) await journal.append(entry(next++));
    };
    await Promise.all(Array.from({ length: 64 }, caller));
    const head = journal.head();
    let after = 0;
    while (after < head) {
      const page = await journal.read(after, 1000);
      for (const [index, one] of page.entries()) expect(one.sequence).toBe(after + index + 1);
      after += page.length;
    }
    expect(after).toBe(head);
    await journal.close();
  });

  it('refuses settings that cannot work, and names them', async () => {
    await expect(onDisk(freshFolder(), { segmentBytes: 100 })).rejects.toThrow('segmentBytes');
    await expect(onDisk(freshFolder(), { retention: { keepDays: 0 } })).rejects.toThrow('keepDays');
  });

  it('throws what the system says when its folder cannot be made', async () => {
    const folder = freshFolder();
    writeFileSync(folder, 'a file stands in the way');
    await expect(onDisk(join(folder, 'journal'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
