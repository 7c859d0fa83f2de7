import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventMetadata } from '@claviger/domain';
import { InMemoryAuditJournal, InMemoryEventStore, JournalDamaged, type RecordedEntry } from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { AuditView, type AuditViewOptions, type RebuildProgress } from './host.js';
import { InvalidCursor } from './query.js';
import { AuditViewUnavailable } from './requests.js';
import { type AuditWorker, inlineWorker, type SpawnAuditWorker } from './spawn.js';
import { ACCOUNT, entry, KEY, newEvent, QuietLogger, REGION, START_AT, until } from './spec-support.js';

const STREAM = `key-${ACCOUNT}-${REGION}-${KEY}`;

let folder: string;
let journal: InMemoryAuditJournal;
let events: InMemoryEventStore;
let clock: FakeClock;
let logger: QuietLogger;
let workers: AuditWorker[];
const views: AuditView[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-audit-'));
  journal = new InMemoryAuditJournal();
  events = new InMemoryEventStore();
  clock = new FakeClock();
  logger = new QuietLogger();
  workers = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(views.splice(0).map((view) => view.close()));
  rmSync(folder, { recursive: true, force: true });
});

const spawn: SpawnAuditWorker = (path) => {
  const worker = inlineWorker(path);
  workers.push(worker);
  return worker;
};

function view(changes: Partial<AuditViewOptions> = {}): AuditView {
  const openDetail = async (): Promise<string> => '{"name":"bob"}';
  const one = AuditView.open({ path: join(folder, 'audit.db'), journal, events, openDetail, clock, logger, spawn, ...changes });
  views.push(one);
  return one;
}

async function started(changes: Partial<AuditViewOptions> = {}): Promise<AuditView> {
  const one = view(changes);
  await one.start();
  return one;
}

let sequence = 0;
/** One call's journal entry; resolves when it is durable. */
function call(open: Record<string, unknown> = {}, detail: Record<string, unknown> = {}): Promise<number> {
  const { account, at, open: text, detail: personal } = entry((sequence += 1), open, detail);
  return journal.append({ account, at, open: text, detail: personal });
}
const calls = (count: number, open: Record<string, unknown> = {}): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, () => call(open)));

let revision = -1;
beforeEach(() => {
  revision = -1;
});
async function change(type: string, requestId: string, meta: Record<string, unknown> = {}): Promise<void> {
  await events.append(STREAM, revision, [newEvent(`00000000-0000-5000-8000-${String(revision + 1).padStart(12, '0')}`, type, {}, { requestId, ...meta })]);
  revision += 1;
}

const everything = { account: ACCOUNT };
const bytes = (): Buffer => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));

describe('a search of the audit view', () => {
  it('holds everything that was recorded before it was asked, key use and changes alike (R-162)', async () => {
    await calls(450);
    await change('Disabled', 'r1', { detail: '0.AA' });
    const audit = await started();
    await calls(3);
    await change('Enabled', 'r2');
    const found = await audit.search(everything, undefined, 1_000);
    expect(found).toMatchObject({ complete: true, next: null });
    expect(found.behind).toBeUndefined();
    expect(found.items).toHaveLength(455);
    expect(await audit.search({ ...everything, principal: 'bob' }, undefined, 10)).toMatchObject({
      items: [{ eventTypes: ['Disabled'], operation: 'RotateKeyOnDemand' }],
    });
    expect(audit.backlog()).toEqual({ journal: 0, events: 0 });
  });

  it('sees an entry at once that waits for company on its way to the worker', async () => {
    const audit = await started();
    await audit.search(everything, undefined, 1);
    await call();
    expect(audit.backlog().journal).toBe(1);
    expect((await audit.search(everything, undefined, 10)).items).toHaveLength(1);
  });

  it('posts live entries without a search too, after a moment', async () => {
    const audit = await started();
    await audit.search(everything, undefined, 1);
    await call();
    clock.advance(20);
    await until(() => audit.backlog().journal === 0);
  });

  it('answers after its time with what there is, and says how much is missing', async () => {
    const audit = await started();
    await calls(5);
    await audit.search(everything, undefined, 1);
    const pending = audit.search(everything, undefined, 10, { waitFor: { journal: 8, store: 2n } });
    let early = true;
    void pending.then(() => (early = false));
    clock.advance(1_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(early).toBe(true);
    clock.advance(1);
    const found = await pending;
    expect(found).toMatchObject({ complete: false, behind: { journal: 3, store: 2n } });
    expect(found.items).toHaveLength(5);
  });

  it('answers as incomplete where the event store does not tell its head', async () => {
    const audit = await started();
    await calls(2);
    jest.spyOn(events, 'head').mockRejectedValue(new Error('unreachable'));
    expect(await audit.search(everything, undefined, 10)).toMatchObject({ complete: false });
  });

  it('hands on what is wrong with the question', async () => {
    const audit = await started();
    await expect(audit.search(everything, 'nonsense', 10)).rejects.toBeInstanceOf(InvalidCursor);
    await expect(audit.search(everything, undefined, 0)).rejects.toBeInstanceOf(RangeError);
  });

  it('is refused when the view is closed, and the view can be closed twice', async () => {
    const audit = await started();
    await audit.close();
    await audit.close();
    await expect(audit.search(everything, undefined, 10)).rejects.toBeInstanceOf(AuditViewUnavailable);
  });
});

describe('the feeds', () => {
  it('go on where the file stands after a restart', async () => {
    await calls(3);
    const first = await started();
    await first.search(everything, undefined, 10);
    await first.close();
    await calls(2);
    const read = jest.spyOn(journal, 'read');
    const second = await started();
    expect((await second.search(everything, undefined, 10)).items).toHaveLength(5);
    expect(read.mock.calls[0]?.[0]).toBe(3);
  });

  it('let live entries go when the worker cannot keep up, and read them back without loss', async () => {
    let held: (() => void)[] = [];
    let holding = true;
    let posted = 0;
    const slow: SpawnAuditWorker = (path) => {
      const worker = inlineWorker(path);
      return {
        ...worker,
        post: (message) => {
          if (message.kind !== 'entries') return worker.post(message);
          posted += message.size;
          if (holding) held.push(() => worker.post(message));
          else worker.post(message);
        },
      };
    };
    const mostInFlight = 100_000;
    const audit = await started({ spawn: slow, mostInFlight });
    await audit.search(everything, undefined, 1);
    for (let i = 0; i < 40; i += 1) {
      await calls(100);
      clock.advance(20);
    }
    expect(posted).toBeLessThanOrEqual(mostInFlight);
    expect(posted).toBeGreaterThan(mostInFlight / 4);
    holding = false;
    held.forEach((post) => post());
    held = [];
    await until(() => audit.backlog().journal === 0);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit.search({ ...everything, order: 'oldest' }, cursor, 1_000);
      seen.push(...page.items.map(({ position }) => position));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 4_000 }, (_, i) => i + 1));
  });

  it('go on behind a damage of the journal, with a row that says what is missing', async () => {
    await calls(50);
    const read = journal.read.bind(journal);
    jest.spyOn(journal, 'read').mockImplementation(async (after, count) => {
      // Entries 20 to 22 lie in a group that does not open.
      if (after < 22 && after + count >= 20) throw new JournalDamaged('a group does not open', 1, 64);
      return read(after, count);
    });
    const audit = await started();
    const found = await audit.search({ ...everything, withUnauthenticated: true, order: 'oldest' }, undefined, 100);
    expect(found.complete).toBe(true);
    const damaged = found.items.filter(({ error }) => error !== null);
    expect(damaged).toEqual([
      expect.objectContaining({ calls: 3, error: 'DamagedRecord', extra: { damaged: 'the journal cannot be read from entry 20 to 22' } }),
    ]);
    expect(found.items).toHaveLength(48);
    expect(logger.lines).toContain('error the audit view goes on behind a damage of the journal');
  });

  it('try again when the journal cannot be read for a while, or the event store broke the subscription', async () => {
    await calls(5);
    await change('Disabled', 'r1');
    jest.spyOn(journal, 'read').mockRejectedValueOnce(new Error('EIO'));
    const subscribe = events.subscribe.bind(events);
    jest.spyOn(events, 'subscribe').mockImplementationOnce((options) =>
      subscribe({ ...options, onEvents: () => Promise.reject(new Error('connection lost')) }),
    );
    const audit = await started();
    await until(() => logger.lines.length === 2);
    const found = audit.search(everything, undefined, 10);
    clock.advance(300);
    expect(await found).toMatchObject({ complete: true, items: { length: 6 } });
  });

  it('open details before they post, and say so where one cannot be opened', async () => {
    await change('Disabled', 'r1', { detail: '0.AA' });
    await change('Enabled', 'r2');
    await change('Disabled', 'r3', { detail: '0.BB' });
    const openDetail = jest.fn(async ({ detail }: EventMetadata) => {
      if (detail === '0.BB') throw new Error('sealed');
      return '{"reason":"yearly"}';
    });
    const audit = await started({ openDetail });
    const found = audit.search({ ...everything, order: 'oldest' }, undefined, 10);
    let done = false;
    void found.then(() => (done = true));
    // Not so far that the search runs out of time.
    for (let step = 0; step < 40 && !done; step += 1) {
      clock.advance(40);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await found).items).toEqual([
      expect.objectContaining({ requestId: 'r1', reason: 'yearly' }),
      expect.objectContaining({ requestId: 'r2', reason: null, extra: {} }),
      expect.objectContaining({ requestId: 'r3', reason: null, extra: { detailUnreadable: true } }),
    ]);
    expect(openDetail).toHaveBeenCalledTimes(5);
  });
});

describe('a worker that dies', () => {
  it('is replaced, questions included, and nothing is lost or doubled', async () => {
    const audit = await started();
    await calls(300);
    await audit.search(everything, undefined, 1);
    const question = audit.search(everything, undefined, 1_000, { waitFor: { journal: 320, store: 0n }, timeoutMs: 1_000 });
    workers.at(-1)?.kill();
    await until(() => logger.lines.length > 0);
    await calls(20);
    clock.advance(50);
    const found = await question;
    expect(workers).toHaveLength(2);
    expect(found).toMatchObject({ complete: true });
    expect(new Set(found.items.map(({ position }) => position)).size).toBe(320);
    expect(logger.lines).toContain('error the worker of the audit view ended, it starts again');
  });

  it('takes a question with it that kills every worker', async () => {
    const fatal: SpawnAuditWorker = (path) => {
      const worker = spawn(path);
      return { ...worker, post: (message) => (message.kind === 'search' ? worker.kill() : worker.post(message)) };
    };
    const audit = await started({ spawn: fatal });
    const question = audit.search(everything, undefined, 10);
    const outcome = question.then(
      () => 'answered',
      (error: unknown) => (error instanceof AuditViewUnavailable ? 'refused' : 'broken'),
    );
    await until(() => logger.lines.length === 1);
    clock.advance(50);
    await until(() => logger.lines.length === 2);
    expect(await outcome).toBe('refused');
  });

  it('is tried again ever more slowly where it cannot be started at all', async () => {
    let attempts = 0;
    const audit = await started({
      spawn: () => {
        attempts += 1;
        throw new Error('no such file');
      },
    });
    clock.advance(50);
    clock.advance(100);
    expect(attempts).toBe(3);
    clock.advance(199);
    expect(attempts).toBe(3);
    await audit.close();
    clock.advance(60_000);
    expect(attempts).toBe(3);
  });

  it('keeps answering, and takes in later what it could not for a while', async () => {
    let full = true;
    const failing: SpawnAuditWorker = (path) => {
      const worker = inlineWorker(path);
      let listen: Parameters<AuditWorker['onMessage']>[0] = () => undefined;
      return {
        ...worker,
        onMessage: (listener) => {
          listen = listener;
          worker.onMessage(listener);
        },
        post: (message) => {
          if (message.kind !== 'entries' || !full) return worker.post(message);
          const { epoch } = message;
          setImmediate(() => listen({ kind: 'foldFailed', epoch, reason: 'database or disk is full' }));
        },
      };
    };
    await calls(3);
    const audit = await started({ spawn: failing });
    await until(() => logger.lines.length === 1);
    const early = audit.search(everything, undefined, 10, { timeoutMs: 10 });
    clock.advance(10);
    expect(await early).toMatchObject({ complete: false, behind: { journal: 3, store: 0n }, items: [] });
    full = false;
    const later = audit.search(everything, undefined, 10);
    clock.advance(50);
    expect(await later).toMatchObject({ complete: true, items: { length: 3 } });
  });
});

describe('a file that cannot be used', () => {
  it.each([
    ['is no database', () => writeFileSync(join(folder, 'audit.db'), 'x'.repeat(5_000))],
    ['was damaged', () => writeFileSync(join(folder, 'audit.db'), readFileSync(join(folder, 'audit.db')).fill(7, 100, 8_000))],
  ])('is filled anew where it %s', async (_, damage) => {
    await calls(20);
    const first = await started();
    await first.search(everything, undefined, 1);
    await first.close();
    damage();
    const second = await started();
    expect(await second.search(everything, undefined, 100)).toMatchObject({ complete: true, items: { length: 20 } });
    expect(logger.lines).toContain('warn the file of the audit view is unusable and is filled anew');
  });

  it('is filled anew where it is ahead of the records, as after a backup was restored', async () => {
    await calls(20);
    const first = await started();
    await first.search(everything, undefined, 1);
    await first.close();
    journal = new InMemoryAuditJournal();
    await calls(4, { operation: 'Sign' });
    const second = await started();
    expect(logger.lines).toEqual(['warn the audit view is ahead of the records and is filled anew']);
    const { items } = await second.search(everything, undefined, 100);
    expect(items.map(({ operation }) => operation)).toEqual(['Sign', 'Sign', 'Sign', 'Sign']);
  });
});

describe('a rebuild', () => {
  it('fills a new file from zero while the old one serves, takes in what comes meanwhile, and takes its place', async () => {
    await calls(700);
    await change('Disabled', 'r1');
    const audit = await started();
    const before = await audit.search({ ...everything, order: 'oldest' }, undefined, 1_000);
    const page = await audit.search({ ...everything, order: 'oldest' }, undefined, 100);
    const steps: RebuildProgress[] = [];
    const done = audit.rebuild((step) => steps.push(step));
    await until(() => steps.length > 1);
    await calls(2);
    const meanwhile = await audit.search(everything, undefined, 1_000);
    expect(meanwhile).toMatchObject({ complete: true, items: { length: 703 } });
    await done;
    expect(steps.at(0)?.done.journal).toBe(0);
    expect(steps.at(-1)?.done).toMatchObject({ journal: steps.at(-1)?.of.journal });
    expect(readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(['audit-1.db']);
    const after = await audit.search({ ...everything, order: 'oldest' }, undefined, 1_000);
    expect(after.items.slice(0, 701)).toEqual(before.items);
    expect(after.items).toHaveLength(703);
    // Cursors are made of positions, not of places in a file.
    const next = await audit.search({ ...everything, order: 'oldest' }, page.next ?? '', 100);
    expect(next.items).toEqual(before.items.slice(100, 200));
    await audit.rebuild();
    await audit.close();
    expect(readdirSync(folder)).toEqual(['audit-2.db']);
    const again = await started();
    expect((await again.search(everything, undefined, 1_000)).items).toHaveLength(703);
  });

  it('is one for all who ask for it at the same time', async () => {
    const audit = await started();
    const first = audit.rebuild();
    expect(audit.rebuild()).toBe(first);
    await first;
    expect(workers).toHaveLength(3);
  });

  it('that cannot be filled is given up; the old file goes on and nothing of the new one stays', async () => {
    await calls(20);
    let broken = false;
    const fragile: SpawnAuditWorker = (path) => {
      const worker = spawn(path);
      return { ...worker, post: (message) => (broken && message.kind === 'entries' ? worker.kill() : worker.post(message)) };
    };
    const audit = await started({ spawn: fragile });
    await audit.search(everything, undefined, 1);
    broken = true;
    await expect(audit.rebuild()).rejects.toBeInstanceOf(AuditViewUnavailable);
    broken = false;
    expect(readdirSync(folder).some((name) => name.includes('building'))).toBe(false);
    expect((await audit.search(everything, undefined, 100)).items).toHaveLength(20);
  });

  it('ends when the view is closed', async () => {
    await calls(500);
    const audit = await started();
    const outcome = audit.rebuild().then(
      () => 'done',
      (error: unknown) => (error instanceof AuditViewUnavailable ? 'given up' : 'broken'),
    );
    await until(() => workers.length === 2);
    await audit.close();
    expect(await outcome).toBe('given up');
    expect(readdirSync(folder)).toEqual(['audit.db']);
  });
});

describe('erasing through the view', () => {
  const month = new Date(START_AT).toISOString().slice(0, 7);

  it('reaches what is on its way to the worker, and what a rebuild has taken in', async () => {
    await Promise.all(Array.from({ length: 400 }, (_, i) => call({}, { name: `GONE-${i}`, context: { k: `GONE-${i}` } })));
    const audit = await started();
    await audit.search(everything, undefined, 1);
    const steps: RebuildProgress[] = [];
    const rebuilt = audit.rebuild((step) => steps.push(step));
    await until(() => steps.length > 1);
    await call({}, { name: 'GONE-live' });
    await journal.eraseDetail(ACCOUNT, month);
    await audit.eraseDetail(ACCOUNT, month);
    await rebuilt;
    await call({}, { name: 'later' });
    const { items } = await audit.search(everything, undefined, 1_000);
    expect(items).toHaveLength(402);
    expect(items.filter(({ principalName }) => principalName !== null).map(({ principalName }) => principalName)).toEqual(['later']);
    expect(bytes().includes('GONE')).toBe(false);
    expect(await audit.search({ ...everything, principal: 'GONE-3' }, undefined, 10)).toMatchObject({ items: [] });
  });

  it('never posts what was read before it', async () => {
    await Promise.all(Array.from({ length: 20 }, () => call({}, { name: 'GONE-read' })));
    await change('Disabled', 'r1', { detail: '0.AA' });
    // Read, and opened, before the key is destroyed; handed over after.
    let hand: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (hand = resolve));
    let gone = false;
    const read = journal.read.bind(journal);
    const reads: Promise<readonly RecordedEntry[]>[] = [];
    jest.spyOn(journal, 'read').mockImplementation(async (after, count) => {
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
    const audit = await started({ openDetail });
    await until(() => reads.length > 0);
    await journal.eraseDetail(ACCOUNT, month);
    gone = true;
    const erased = audit.eraseDetail(ACCOUNT, month);
    hand();
    await erased;
    const { items, complete } = await audit.search(everything, undefined, 100);
    expect([items.length, complete]).toEqual([21, true]);
    expect(items.every((row) => row.erased && row.principalName === null)).toBe(true);
    expect(bytes().includes('GONE')).toBe(false);
  });

  it('is asked again of the next worker where one dies with it', async () => {
    await call({}, { name: 'GONE-once' });
    const audit = await started();
    await audit.search(everything, undefined, 1);
    workers.at(-1)?.kill();
    const erased = audit.eraseDetail(ACCOUNT, month);
    await until(() => logger.lines.length > 0);
    await journal.eraseDetail(ACCOUNT, month);
    clock.advance(50);
    await erased;
    expect(bytes().includes('GONE')).toBe(false);
  });

  it('refuses what is no month', async () => {
    const audit = await started();
    await expect(audit.eraseDetail(ACCOUNT, 'march')).rejects.toBeInstanceOf(RangeError);
  });
});
