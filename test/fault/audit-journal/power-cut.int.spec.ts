import fc from 'fast-check';
import { describeViolation } from '@claviger/audit';
import { SimulatedDisk } from '@claviger/ports/testing';
import { entry, SimulatedJournal, settle } from '../../support/simulated-journal.js';

jest.setTimeout(180_000);

interface Life {
  /** Appends by concurrent callers before the power goes. */
  readonly appends: number;
  readonly callers: number;
  /** Event-loop turns that are given, before the cut, to what is under way. */
  readonly turns: number;
  /** Which sectors of an unfinished flush reach the disk: bit by bit, repeated. */
  readonly sectors: readonly boolean[];
  readonly kill: boolean;
  /** Let one flush fail on the way. */
  readonly failFlush: boolean;
}

const life: fc.Arbitrary<Life> = fc.record({
  appends: fc.integer({ min: 0, max: 60 }),
  callers: fc.integer({ min: 1, max: 12 }),
  turns: fc.integer({ min: 0, max: 60 }),
  sectors: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  kill: fc.boolean(),
  failFlush: fc.boolean(),
});

/** Lives through all of them on one disk; says what was lost or false, undefined when all is well. */
async function live(lives: readonly Life[], disk: SimulatedDisk): Promise<string | undefined> {
  const rig = new SimulatedJournal({}, disk);
  const acknowledged = new Map<number, string>();
  let link: { sequence: number; link: string } | undefined;
  let next = 1;
  for (const [index, { appends, callers, turns, sectors, kill, failFlush }] of lives.entries()) {
    const journal = await rig.open();
    // 1. Everything acknowledged in earlier lives is there.
    const read = await journal.read(0, 10_000);
    for (const [sequence, open] of acknowledged) {
      if (read[sequence - 1]?.open !== open)
        return `life ${index}: record ${sequence} was acknowledged, and is lost or another`;
    }
    const verdict = await rig.verify(link);
    if (!verdict.ok) return `life ${index}: ${describeViolation(verdict.violation)}`;
    // 2. Work, perhaps through a failed flush, until the power goes.
    let left = appends;
    let failed = false;
    disk.fault = (operation, path) => {
      if (!failFlush || failed || operation !== 'datasync' || !path.endsWith('.segment') || left > appends / 2)
        return undefined;
      failed = true;
      return 'EIO';
    };
    const caller = async (): Promise<void> => {
      while (left-- > 0) {
        const one = entry(next++);
        const sequence = await journal.append(one).catch(() => undefined);
        if (sequence !== undefined) acknowledged.set(sequence, one.open);
      }
    };
    for (let i = 0; i < callers; i++) void caller();
    await settle(turns);
    const head = journal.head();
    link = { sequence: head, link: (await journal.link(head)) ?? '' };
    // 3. The cut. Nothing that happens in the dead process counts any more.
    const counted = new Map(acknowledged);
    if (kill) disk.kill();
    else disk.crash((_, sector) => sectors[sector % sectors.length] ?? false);
    disk.fault = () => undefined;
    await settle(20);
    acknowledged.clear();
    for (const [sequence, open] of counted) acknowledged.set(sequence, open);
  }
  return undefined;
}

describe('the power is cut, or the process killed, at any moment', () => {
  it('and nothing acknowledged is lost, and the journal verifies, life after life', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 2, maxLength: 5 }), async (lives) => {
        expect(await live(lives, new SimulatedDisk())).toBeUndefined();
      }),
      { numRuns: Number(process.env['FAULT_RUNS'] ?? 40) },
    );
  });

  it('is noticed by this very test when fdatasync does nothing', async () => {
    const disk = new SimulatedDisk();
    const cut: Life = { appends: 30, callers: 3, turns: 60, sectors: [false], kill: false, failFlush: false };
    const rig = new SimulatedJournal({}, disk);
    await (await rig.open()).close();
    disk.datasyncLies = true;
    expect(await live([cut, cut], disk)).toMatch(/is lost or another|is missing at the end/);
  });

  it('after a flush that failed: what the next start counts as written stays, although the failed pages were marked clean', async () => {
    const rig = new SimulatedJournal();
    let journal = await rig.open();
    await journal.append(entry(1));
    // 1. The flush fails, and the process ends before the next segment stands.
    const path = rig.tail();
    rig.disk.fault = (operation, at) => {
      return (operation === 'datasync' && at === path) || (operation === 'create' && at.endsWith('.zero'))
        ? 'EIO'
        : undefined;
    };
    await expect(journal.append(entry(2))).rejects.toMatchObject({ name: 'JournalUnavailable' });
    rig.disk.kill();
    rig.disk.fault = () => undefined;
    // 2. The next start finds the group whole in the cache: it counts, as a record of a failed call.
    journal = await rig.open();
    expect(journal.head()).toBe(2);
    const anchor = { sequence: 2, link: (await journal.link(2)) ?? '' };
    expect(await journal.append(entry(3))).toBe(3);
    // 3. Then it must have been made durable.
    rig.disk.crash();
    journal = await rig.open();
    expect((await journal.read(0, 10)).map((one) => one.open)).toEqual([1, 2, 3].map((n) => entry(n).open));
    expect(await rig.verify(anchor)).toMatchObject({ ok: true });
    await journal.close();
  });
});
