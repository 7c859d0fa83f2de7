import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEntry } from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import type { RebuildProgress } from './host.js';
import { AuditViewUnavailable } from './requests.js';
import type { SpawnAuditWorker } from './spawn.js';
import { ACCOUNT, Setting, START_AT, until } from './spec-support.js';

let set: Setting<FakeClock>;
beforeEach(() => {
  set = new Setting(mkdtempSync(join(tmpdir(), 'claviger-audit-')), new FakeClock());
});
afterEach(async () => {
  jest.restoreAllMocks();
  await set.close();
  rmSync(set.folder, { recursive: true, force: true });
});

const everything = { account: ACCOUNT };

describe('a rebuild', () => {
  it('fills a new file from zero while the old one serves, takes in what comes meanwhile, and takes its place', async () => {
    await set.calls(700);
    await set.change('Disabled', 'r1');
    const audit = await set.started();
    const before = await audit.search({ ...everything, order: 'oldest' }, undefined, 1_000);
    const page = await audit.search({ ...everything, order: 'oldest' }, undefined, 100);
    const steps: RebuildProgress[] = [];
    const done = audit.rebuild((step) => steps.push(step));
    await until(() => steps.length > 1);
    await set.calls(2);
    const meanwhile = await audit.search(everything, undefined, 1_000);
    expect(meanwhile).toMatchObject({ complete: true, items: { length: 703 } });
    await done;
    expect(steps.at(0)?.done.journal).toBe(0);
    expect(steps.at(-1)?.done).toMatchObject({ journal: steps.at(-1)?.of.journal });
    expect(readdirSync(set.folder).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(['audit-1.db']);
    const after = await audit.search({ ...everything, order: 'oldest' }, undefined, 1_000);
    expect(after.items.slice(0, 701)).toEqual(before.items);
    expect(after.items).toHaveLength(703);
    // Cursors are made of positions, not of places in a file.
    const next = await audit.search({ ...everything, order: 'oldest' }, page.next ?? '', 100);
    expect(next.items).toEqual(before.items.slice(100, 200));
    await audit.rebuild();
    await audit.close();
    expect(readdirSync(set.folder)).toEqual(['audit-2.db']);
    const again = await set.started();
    expect((await again.search(everything, undefined, 1_000)).items).toHaveLength(703);
  });

  it('is one for all who ask for it at the same time', async () => {
    const audit = await set.started();
    const first = audit.rebuild();
    expect(audit.rebuild()).toBe(first);
    await first;
    expect(set.workers).toHaveLength(3);
  });

  it('that cannot be filled is given up; the old file goes on and nothing of the new one stays', async () => {
    await set.calls(20);
    let broken = false;
    const fragile: SpawnAuditWorker = (path) => {
      const worker = set.spawn(path);
      return {
        ...worker,
        post: (message) => (broken && message.kind === 'entries' ? worker.kill() : worker.post(message)),
      };
    };
    const audit = await set.started({ spawn: fragile });
    await audit.search(everything, undefined, 1);
    broken = true;
    await expect(audit.rebuild()).rejects.toBeInstanceOf(AuditViewUnavailable);
    broken = false;
    expect(readdirSync(set.folder).some((name) => name.includes('building'))).toBe(false);
    expect((await audit.search(everything, undefined, 100)).items).toHaveLength(20);
  });

  it('ends when the view is closed', async () => {
    await set.calls(500);
    const audit = await set.started();
    const outcome = audit.rebuild().then(
      () => 'done',
      (error: unknown) => (error instanceof AuditViewUnavailable ? 'given up' : 'broken'),
    );
    await until(() => set.workers.length === 2);
    await audit.close();
    expect(await outcome).toBe('given up');
    expect(readdirSync(set.folder)).toEqual(['audit.db']);
  });
});

describe('erasing through the view', () => {
  const month = new Date(START_AT).toISOString().slice(0, 7);

  it('reaches what is on its way to the worker, and what a rebuild has taken in', async () => {
    await Promise.all(
      Array.from({ length: 400 }, (_, i) => set.call({}, { name: `GONE-${i}`, context: { k: `GONE-${i}` } })),
    );
    const audit = await set.started();
    await audit.search(everything, undefined, 1);
    const steps: RebuildProgress[] = [];
    const rebuilt = audit.rebuild((step) => steps.push(step));
    await until(() => steps.length > 1);
    await set.call({}, { name: 'GONE-live' });
    await set.journal.eraseDetail(ACCOUNT, month);
    await audit.eraseDetail(ACCOUNT, month);
    await rebuilt;
    await set.call({}, { name: 'later' });
    const { items } = await audit.search(everything, undefined, 1_000);
    expect(items).toHaveLength(402);
    expect(
      items.filter(({ principalName }) => principalName !== null).map(({ principalName }) => principalName),
    ).toEqual(['later']);
    expect(set.bytes().includes('GONE')).toBe(false);
    expect(await audit.search({ ...everything, principal: 'GONE-3' }, undefined, 10)).toMatchObject({ items: [] });
  });

  it('never posts what was read before it', async () => {
    await Promise.all(Array.from({ length: 20 }, () => set.call({}, { name: 'GONE-read' })));
    await set.change('Disabled', 'r1', { detail: '0.AA' });
    // Read, and opened, before the key is destroyed; handed over after.
    let hand: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (hand = resolve));
    let gone = false;
    const read = set.journal.read.bind(set.journal);
    const reads: Promise<readonly RecordedEntry[]>[] = [];
    jest.spyOn(set.journal, 'read').mockImplementation(async (after, count) => {
      const page = read(after, count);
      reads.push(page);
      const kept = await page;
      await gate;
      return kept;
    });
    const openDetail = async (): Promise<string> => {
      const detail = gone ? '' : '{"name":"GONE-opened"}';
      await gate;
      return detail;
    };
    const audit = await set.started({ openDetail });
    await until(() => reads.length > 0);
    await set.journal.eraseDetail(ACCOUNT, month);
    gone = true;
    const erased = audit.eraseDetail(ACCOUNT, month);
    hand();
    await erased;
    const { items, complete } = await audit.search(everything, undefined, 100);
    expect([items.length, complete]).toEqual([21, true]);
    expect(items.every((row) => row.erased && row.principalName === null)).toBe(true);
    expect(set.bytes().includes('GONE')).toBe(false);
  });

  it('is asked again of the next worker where one dies with it', async () => {
    await set.call({}, { name: 'GONE-once' });
    const audit = await set.started();
    await audit.search(everything, undefined, 1);
    set.workers.at(-1)?.kill();
    const erased = audit.eraseDetail(ACCOUNT, month);
    await until(() => set.logger.lines.length > 0);
    await set.journal.eraseDetail(ACCOUNT, month);
    set.clock.advance(50);
    await erased;
    expect(set.bytes().includes('GONE')).toBe(false);
  });

  it('refuses what is no month', async () => {
    const audit = await set.started();
    await expect(audit.eraseDetail(ACCOUNT, 'march')).rejects.toBeInstanceOf(RangeError);
  });
});
