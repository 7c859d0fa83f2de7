import { JournalOverloaded, JournalUnavailable } from '@claviger/ports';
import type { SegmentsJournalOptions } from './options.js';
import { AT, SimulatedJournal, entry, settle } from '../../../../test/support/simulated-journal.js';

const simulated = (options: Partial<SegmentsJournalOptions> = {}): SimulatedJournal =>
  new SimulatedJournal({ segmentBytes: 16_384, retention: { compress: false }, ...options });

const outcome = (promise: Promise<number>): Promise<number | string> =>
  promise.catch((error: unknown) => (error instanceof Error ? error.name : 'no error'));

const sequences = (entries: readonly { sequence: number }[]): number[] => entries.map((one) => one.sequence);

describe('a flush that fails', () => {
  it.each(['datasync', 'write'] as const)(
    'fails its calls when %s fails, opens a new segment and goes on without a gap',
    async (operation) => {
      const bench = simulated();
      const journal = await bench.open();
      await journal.append(entry(1));
      let failing = true;
      bench.disk.fault = (done, path) =>
        failing && done === operation && path.endsWith('.segment') ? 'EIO' : undefined;
      const lost = [outcome(journal.append(entry(2))), outcome(journal.append(entry(3)))];
      expect(await Promise.all(lost)).toEqual(['JournalUnavailable', 'JournalUnavailable']);
      failing = false;
      expect(journal.writable()).toBe(false);
      await settle();
      expect(journal.writable()).toBe(true);
      expect(await journal.append(entry(4))).toBe(2);
      const read = await journal.read(0, 10);
      expect(read.map((one) => one.open)).toEqual([entry(1).open, entry(4).open]);
      expect(bench.kinds()).toEqual(['segment-opened', 'segment-failed', 'segment-opened']);
      await journal.close();
    },
  );

  it('never shows the failed records later, although they did reach the disk', async () => {
    const bench = simulated();
    let journal = await bench.open();
    await journal.append(entry(1));
    // The data arrives, only the answer of the disk is an error.
    const [path = ''] = bench.disk.paths().filter((one) => one.endsWith('.segment'));
    bench.disk.fault = (done, at) => (done === 'datasync' && at === path ? 'EIO' : undefined);
    expect(await outcome(journal.append(entry(2)))).toBe('JournalUnavailable');
    await settle();
    await journal.append(entry(3));
    await journal.close();
    bench.disk.fault = () => undefined;
    journal = await bench.open();
    const read = await journal.read(0, 10);
    expect(read.map((one) => one.open)).toEqual([entry(1).open, entry(3).open]);
    await journal.close();
  });

  it('keeps calls that came after it waiting for the new segment', async () => {
    const bench = simulated();
    const journal = await bench.open();
    const releases: (() => void)[] = [];
    bench.disk.holdDatasync = (release) => releases.push(release);
    const first = outcome(journal.append(entry(1)));
    await settle();
    const second = outcome(journal.append(entry(2)));
    bench.disk.fault = (done) => (done === 'datasync' ? 'EIO' : undefined);
    bench.disk.holdDatasync = undefined;
    releases[0]?.();
    bench.disk.fault = () => undefined;
    expect(await first).toBe('JournalUnavailable');
    expect(await second).toBe(1);
    await journal.close();
  });

  it('refuses at once while no segment can be opened, and recovers without help when the disk has room', async () => {
    const bench = simulated();
    const journal = await bench.open();
    let full = false;
    bench.disk.fault = (done, path) => (full && done === 'write' && path.endsWith('.zero') ? 'ENOSPC' : undefined);
    full = true;
    const outcomes: (number | string)[] = [];
    for (let i = 0; i < 200 && journal.writable(); i++) outcomes.push(await outcome(journal.append(entry(i))));
    const written = outcomes.filter((one) => typeof one === 'number');
    expect(written.length).toBeGreaterThan(20);
    expect(outcomes.at(-1)).toBe('JournalUnavailable');
    expect(journal.status()).toMatchObject({ writable: false, segment: undefined });
    await expect(journal.append(entry(0))).rejects.toThrow(JournalUnavailable);
    // What was acknowledged is readable meanwhile.
    expect(sequences(await journal.read(0, 1000))).toEqual(written);
    bench.clock.advance(60_000);
    await settle();
    expect(journal.writable()).toBe(false);
    full = false;
    bench.clock.advance(5000);
    await settle();
    expect(journal.writable()).toBe(true);
    expect(await journal.append(entry(0))).toBe(written.length + 1);
    expect(sequences(await journal.read(0, 1000))).toEqual([...written, written.length + 1]);
    expect(bench.kinds()).toContain('unwritable');
    await journal.close();
  });

  it('slows down when every new segment fails as well, instead of filling the disk with segments', async () => {
    const bench = simulated();
    const journal = await bench.open();
    bench.disk.fault = (done, path) => (done === 'datasync' && path.endsWith('.segment') ? 'EIO' : undefined);
    for (let i = 0; i < 50; i++) {
      expect(await outcome(journal.append(entry(i)))).toBe('JournalUnavailable');
      await settle();
    }
    expect(bench.segments()).toHaveLength(2);
    bench.clock.advance(500);
    await settle();
    expect(await outcome(journal.append(entry(1)))).toBe('JournalUnavailable');
    expect(bench.segments()).toHaveLength(3);
    const delays = bench.notices.flatMap((notice) => (notice.kind === 'unwritable' ? [notice.nextAttemptMs] : []));
    expect(delays).toEqual([500, 1000]);
    bench.disk.fault = () => undefined;
    bench.clock.advance(1000);
    await settle();
    expect(await journal.append(entry(1))).toBe(1);
    await journal.close();
  });

  it('opens although the disk is full, and writes as soon as there is room', async () => {
    const bench = simulated();
    bench.disk.fault = (done) => (done === 'write' ? 'ENOSPC' : undefined);
    const journal = await bench.open();
    expect(journal.writable()).toBe(false);
    await expect(journal.append(entry(1))).rejects.toThrow(JournalUnavailable);
    bench.disk.fault = () => undefined;
    bench.clock.advance(10_000);
    await settle();
    expect(await journal.append(entry(1))).toBe(1);
    await journal.close();
  });
});

describe('waiting for the disk', () => {
  async function held(options: Partial<SegmentsJournalOptions> = {}) {
    const bench = simulated(options);
    const journal = await bench.open();
    await journal.append(entry(0));
    const releases: (() => void)[] = [];
    bench.disk.holdDatasync = (release) => releases.push(release);
    return { bench, journal, releases };
  }

  it('is bounded by number', async () => {
    const { journal, releases, bench } = await held({ limits: { calls: 3 } });
    const waiting = [1, 2, 3].map((n) => journal.append(entry(n)));
    await expect(journal.append(entry(4))).rejects.toThrow(JournalOverloaded);
    bench.disk.holdDatasync = undefined;
    await settle();
    for (const release of releases) release();
    expect(await Promise.all(waiting)).toEqual([2, 3, 4]);
    expect(await journal.append(entry(5))).toBe(5);
    await journal.close();
  });

  it('is bounded by bytes', async () => {
    const { journal, releases, bench } = await held({ limits: { bytes: 2000 } });
    const one = journal.append(entry(1, { open: `"${'x'.repeat(1200)}"` }));
    await expect(journal.append(entry(2, { open: `"${'x'.repeat(1200)}"` }))).rejects.toThrow(JournalOverloaded);
    bench.disk.holdDatasync = undefined;
    await settle();
    for (const release of releases) release();
    expect(await one).toBe(2);
    await journal.close();
  });

  it('ends after two seconds, in the queue and in flight, and the journal goes on', async () => {
    const { bench, journal, releases } = await held();
    const inFlight = outcome(journal.append(entry(1)));
    await settle();
    bench.clock.advance(500);
    const queued = outcome(journal.append(entry(2)));
    bench.clock.advance(1499);
    await settle();
    expect(journal.status().waiting).toBe(2);
    bench.clock.advance(1);
    expect(await inFlight).toBe('JournalOverloaded');
    bench.clock.advance(500);
    expect(await queued).toBe('JournalOverloaded');
    bench.disk.holdDatasync = undefined;
    for (const release of releases) release();
    await settle();
    // The entry in flight became durable after all: the record of a call that failed.
    expect(await journal.append(entry(3))).toBe(3);
    expect(sequences(await journal.read(0, 10))).toEqual([1, 2, 3]);
    await journal.close();
  });

  it('shares one flush among all that came while the last one was under way', async () => {
    const { bench, journal, releases } = await held();
    let flushes = 0;
    bench.disk.fault = (done) => {
      if (done === 'datasync') flushes++;
      return undefined;
    };
    const waiting = Array.from({ length: 20 }, (_, n) => journal.append(entry(n)));
    await settle();
    const later = Array.from({ length: 20 }, (_, n) => journal.append(entry(n)));
    bench.disk.holdDatasync = undefined;
    releases[0]?.();
    await Promise.all([...waiting, ...later]);
    expect(flushes).toBe(2);
    await journal.close();
  });

  it('answers nobody before the flush is done (R-201)', async () => {
    const { bench, journal, releases } = await held();
    let answered = false;
    const seen: number[] = [];
    journal.onDurable((entries) => seen.push(...sequences(entries)));
    const waiting = journal.append(entry(1)).then(() => (answered = true));
    await settle();
    expect([answered, journal.head(), seen, await journal.read(1, 10)]).toEqual([false, 1, [], []]);
    bench.disk.holdDatasync = undefined;
    releases[0]?.();
    await waiting;
    expect([journal.head(), seen]).toEqual([2, [2]]);
    await journal.close();
  });
});

describe('the next segment', () => {
  it('is prepared when the current one is half full, and the current one goes on if that fails', async () => {
    const bench = simulated();
    const journal = await bench.open();
    let tried = 0;
    bench.disk.fault = (done, path) =>
      done === 'write' && path.endsWith('.zero') && ++tried === 1 ? 'ENOSPC' : undefined;
    for (let i = 0; i < 100; i++) await journal.append(entry(i));
    expect(bench.kinds()).toContain('preparation-failed');
    expect(bench.kinds()).not.toContain('unwritable');
    expect(journal.head()).toBe(100);
    expect(bench.segments().length).toBeGreaterThan(2);
    await journal.close();
  });

  it('leaves nothing unfinished in the folder after a close', async () => {
    const bench = simulated();
    const journal = await bench.open();
    for (let i = 0; i < 30; i++) await journal.append(entry(i));
    await journal.close();
    expect(bench.disk.paths().filter((path) => /\.(zero|tmp)$/.test(path))).toEqual([]);
  });
});

describe('free space', () => {
  it('alarms when it runs low and when the next segment would not fit, before the journal fails', async () => {
    const bench = simulated({ space: { lowBytes: 1_000_000 } });
    const journal = await bench.open();
    expect(journal.status().space).toBe('ok');
    for (const [freeBytes, level] of [
      [900_000, 'low'],
      [10_000, 'full'],
      [2_000_000, 'ok'],
    ] as const) {
      bench.disk.freeBytes = freeBytes;
      bench.clock.advance(10_000);
      await settle();
      expect(journal.status()).toMatchObject({ space: level, freeBytes, writable: true });
    }
    const levels = bench.notices.flatMap((notice) => (notice.kind === 'space' ? [notice.level] : []));
    expect(levels).toEqual(['low', 'full', 'ok']);
    await journal.close();
  });
});

describe('what is kept', () => {
  const DAY = 86_400_000;

  it('removes segments past their days, tells by a mark, and reads on from the oldest kept', async () => {
    const bench = simulated({ retention: { keepDays: 30 } });
    let journal = await bench.open();
    for (let day = 0; day < 60; day++) {
      for (let i = 0; i < 20; i++) await journal.append(entry(i, { at: AT + day * DAY }));
      bench.clock.advance(DAY);
      await settle();
    }
    await journal.upkeepIdle();
    const [first] = await journal.read(0, 1);
    expect(first?.sequence).toBeGreaterThan(400);
    expect((first?.at ?? 0) - AT).toBeGreaterThan(20 * DAY);
    expect((first?.at ?? 0) - AT).toBeLessThanOrEqual(30 * DAY);
    expect(await journal.link(1)).toBeUndefined();
    expect(bench.disk.paths()).toContain('/journal/retention.mark');
    await journal.close();
    journal = await bench.open();
    expect(journal.head()).toBe(1200);
    expect((await journal.read(0, 5))[0]).toEqual(first);
    await journal.close();
  });

  it('moves them to the archive instead, where one is set', async () => {
    const bench = simulated({ retention: { keepDays: 1, archiveFolder: '/archive' } });
    const journal = await bench.open();
    for (let i = 0; i < 100; i++) await journal.append(entry(i));
    bench.clock.advance(3 * DAY);
    for (let i = 0; i < 100; i++) await journal.append(entry(i));
    await journal.upkeepIdle();
    expect(bench.disk.paths().filter((path) => path.startsWith('/archive/')).length).toBeGreaterThan(1);
    expect(bench.kinds()).toContain('archived');
    await journal.close();
  });

  it('removes nothing while it is on hold', async () => {
    const bench = simulated({ retention: { keepDays: 1, hold: () => true } });
    const journal = await bench.open();
    for (let i = 0; i < 100; i++) await journal.append(entry(i));
    bench.clock.advance(30 * DAY);
    for (let i = 0; i < 100; i++) await journal.append(entry(i));
    await journal.upkeepIdle();
    expect((await journal.read(0, 1))[0]?.sequence).toBe(1);
    await journal.close();
  });

  it('finishes a removal that was interrupted after its mark', async () => {
    const bench = simulated({ retention: { keepDays: 1 } });
    let journal = await bench.open();
    for (let i = 0; i < 100; i++) await journal.append(entry(i));
    bench.disk.fault = (done, path) => (done === 'remove' && path.endsWith('.zst') ? 'EIO' : undefined);
    bench.clock.advance(3 * DAY);
    for (let i = 0; i < 100; i++) await journal.append(entry(i));
    await journal.upkeepIdle();
    expect(bench.kinds()).toContain('upkeep-failed');
    await journal.close();
    bench.disk.fault = () => undefined;
    journal = await bench.open();
    await journal.upkeepIdle();
    expect((await journal.read(0, 1))[0]?.sequence).toBeGreaterThan(50);
    await journal.close();
  });
});
