import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SegmentsAuditJournal } from '@claviger/adapters/audit-journal-segments';
import { SecretBytes } from '@claviger/crypto';
import { SystemClock } from '@claviger/platform';
import { InMemoryDetailKeys, type JournalEntry } from '@claviger/ports';
import type { Figure } from './report.js';
import { median, medianRatio } from './statistics.js';

export interface JournalBenchOptions {
  /** On the disk that is to be measured. */
  readonly folder: string;
  /** Rounds per figure, at least 5 for figures that count. */
  readonly rounds: number;
  /** Seconds of one run. */
  readonly seconds: number;
}

const CALLERS = [1, 32, 64] as const;
const AT = Date.UTC(2026, 10, 24, 3);
/** One Encrypt as the audit trail writes it: about 450 bytes of open part, 150 of detail. */
const OPEN = JSON.stringify({
  v: 1,
  id: '0190b5a4-8f6e-7c3a-9d21-5a4b3c2d1e0f',
  at: '2026-11-24T03:00:00.000Z',
  node: 'node-1',
  principal: '0190b5a4-8f6e-8c3a-9d21-5a4b3c2d1e0f',
  account: '000000000000',
  region: 'us-east-1',
  protocol: 'aws-kms',
  operation: 'Encrypt',
  result: 'success',
  key: '0190b5a4-8f6e-7c3a-9d21-5a4b3c2d1e0f',
  version: 3,
  decidedOn: { key: 12, policy: 4, principal: 7 },
  counts: true,
});
const DETAIL = JSON.stringify({
  source: '192.0.2.17',
  userAgent: 'aws-sdk-js/3.1164.0',
  name: 'checkout',
  context: { tenant: '4711' },
});

interface Contender {
  append(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * The journal beside what it cannot beat: groups of the same bytes, one write and one fdatasync each into a file full of zeros, without
 * chain, sealing, bounds and readers. Both in turns; ratios per round.
 */
export async function benchJournal(options: JournalBenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const callers of CALLERS) {
    const journal: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const runs = [
        async () => journal.push(await measure(options, callers, openJournal)),
        async () => bare.push(await measure(options, callers, openBare)),
      ];
      for (const run of round % 2 === 0 ? runs : runs.reverse()) await run();
    }
    const name = `audit journal, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
    const against = 'bare groups of write + fdatasync';
    figures.push({ name, value: median(journal), unit: 'appends/s', ratio: medianRatio(journal, bare), against });
    figures.push({
      name: `${against}, ${callers}`,
      value: median(bare),
      unit: 'appends/s',
      ratio: null,
      against: null,
    });
  }
  return figures;
}

/** Appends per second of that many callers, each of which waits for its answer. */
async function measure(
  { folder, seconds }: JournalBenchOptions,
  callers: number,
  open: (folder: string) => Promise<Contender>,
): Promise<number> {
  const own = mkdtempSync(join(folder, 'journal-'));
  const contender = await open(own);
  try {
    const run = async (milliseconds: number): Promise<number> => {
      const started = performance.now();
      let done = 0;
      const caller = async (): Promise<void> => {
        while (performance.now() - started < milliseconds) {
          await contender.append();
          done++;
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
      return (done * 1000) / (performance.now() - started);
    };
    await run(300); // warm-up
    return await run(seconds * 1000);
  } finally {
    await contender.close();
    rmSync(own, { recursive: true, force: true });
  }
}

async function openJournal(folder: string): Promise<Contender> {
  const journal = await SegmentsAuditJournal.open({
    folder,
    journalKey: SecretBytes.take(randomBytes(32)),
    detailKeys: new InMemoryDetailKeys(randomBytes),
    random: randomBytes,
    clock: new SystemClock(),
  });
  const entry: JournalEntry = { account: '000000000000', at: AT, open: OPEN, detail: DETAIL };
  return { append: () => journal.append(entry), close: () => journal.close() };
}

const FILE_BYTES = 64 << 20;
const RECORD_BYTES = OPEN.length + DETAIL.length + 72;

async function openBare(folder: string): Promise<Contender> {
  const fd = openSync(join(folder, 'bare'), 'w');
  for (let at = 0; at < FILE_BYTES; at += 1 << 20) writeSync(fd, Buffer.alloc(1 << 20), 0, 1 << 20, at);
  fdatasyncSync(fd);
  const group = Buffer.alloc(1 << 20, 'x');
  let waiting: (() => void)[] = [];
  let busy = false;
  let position = 0;
  const flush = (): void => {
    const answered = waiting;
    waiting = [];
    const length = answered.length * RECORD_BYTES;
    if (position + length > FILE_BYTES) position = 0;
    writeSync(fd, group, 0, length, position);
    position += length;
    fdatasync(fd, (error) => {
      if (error !== null) throw error;
      for (const answer of answered) answer();
      busy = waiting.length > 0;
      if (busy) flush();
    });
  };
  return {
    append: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (busy) return;
        busy = true;
        setImmediate(flush);
      }),
    close: async () => closeSync(fd),
  };
}
