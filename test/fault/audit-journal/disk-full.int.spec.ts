import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFiles, SegmentsAuditJournal } from '@claviger/adapters/audit-journal-segments';
import { InMemoryDetailKeys, JournalUnavailable } from '@claviger/ports';
import { SystemClock } from '@claviger/platform';
import { requireExternal } from '../../support/external.js';
import { entry, journalKey } from '../../support/simulated-journal.js';

jest.setTimeout(60_000);

const SIZE = 2 << 20;
const SEGMENT = 128 << 10;

/** A file system of 2 MiB that is really full when it is full; undefined where this user may not mount one. */
function mountSmall(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'claviger-test', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > 2000) throw new Error('the condition did not come true within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

const folder = mountSmall();

afterAll(() => {
  if (folder === undefined) return;
  execFileSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
});

const describeFull = requireExternal('a small tmpfs', folder && 'tmpfs of 2 MiB', 'mounting a tmpfs needs root');

describeFull('a disk that is really full', () => {
  it('fails the calls that do not fit, keeps what was acknowledged, and takes entries again once there is room', async () => {
    if (folder === undefined) return;
    const journal = await SegmentsAuditJournal.open({
      folder: join(folder, 'journal'),
      journalKey,
      detailKeys: new InMemoryDetailKeys(randomBytes),
      random: randomBytes,
      clock: new SystemClock(),
      segmentBytes: SEGMENT,
      retention: { compress: false },
    });
    // 1. Somebody else fills the disk.
    const ballast = openSync(join(folder, 'ballast'), 'w');
    const block = Buffer.alloc(4096, 1);
    for (let full = false; !full; ) {
      try {
        writeSync(ballast, block);
      } catch {
        full = true;
      }
    }
    closeSync(ballast);
    // 2. The prepared segment is used up, then calls fail: none is answered without its record.
    let acknowledged = 0;
    let failure: unknown;
    for (let n = 1; n < 5000 && failure === undefined; n++) {
      await journal.append(entry(n)).then(
        (sequence) => (acknowledged = sequence),
        (error: unknown) => (failure = error),
      );
    }
    expect(acknowledged).toBeGreaterThan(200);
    expect(failure).toBeInstanceOf(JournalUnavailable);
    expect(failure instanceof Error && failure.cause).toMatchObject({ code: 'ENOSPC' });
    expect([journal.writable(), journal.head()]).toEqual([false, acknowledged]);
    await until(() => journal.status().space === 'full');
    // 3. Room again: no help is needed but a little time.
    rmSync(join(folder, 'ballast'));
    await until(() => journal.writable());
    expect(await journal.append(entry(0))).toBe(acknowledged + 1);
    const read = await journal.read(0, acknowledged + 10);
    expect(read.map((one) => one.sequence)).toEqual(Array.from({ length: acknowledged + 1 }, (_, i) => i + 1));
    await journal.close();
    expect((await nodeFiles.list(join(folder, 'journal'))).filter((name) => name.endsWith('.zero'))).toEqual([]);
  });
});
