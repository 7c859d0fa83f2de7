import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventMetadata } from '@claviger/domain';
import { JournalDamaged } from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { InvalidCursor } from './query.js';
import { AuditViewUnavailable } from './requests.js';
import { inlineWorker, type SpawnAuditWorker } from './spawn.js';
import { ACCOUNT, Setting, until } from './spec-support.js';

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

describe('a search of the audit view', () => {
  it('holds everything that was recorded before it was asked, key use and changes alike (R-162)', async () => {
    await set.calls(450);
    await set.change('Disabled', 'r1', { detail: '0.AA' });
    const audit = await set.started();
    await set.calls(3);
    await set.change('Enabled', 'r2');
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
    const audit = await set.started();
    await audit.search(everything, undefined, 1);
    await set.call();
    expect(audit.backlog().journal).toBe(1);
    expect((await audit.search(everything, undefined, 10)).items).toHaveLength(1);
  });

  it('posts live entries without a search too, after a moment', async () => {
    const audit = await set.started();
    await audit.search(everything, undefined, 1);
    await set.call();
    set.clock.advance(20);
    await until(() => audit.backlog().journal === 0);
  });

  it('answers after its time with what there is, and says how much is missing', async () => {
    const audit = await set.started();
    await set.calls(5);
    await audit.search(everything, undefined, 1);
    const pending = audit.search(everything, undefined, 10, { waitFor: { journal: 8, store: 2n } });
    let early = true;
    void pending.then(() => (early = false));
    set.clock.advance(1_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(early).toBe(true);
    set.clock.advance(1);
    const found = await pending;
    expect(found).toMatchObject({ complete: false, behind: { journal: 3, store: 2n } });
    expect(found.items).toHaveLength(5);
  });

  it('answers as incomplete where the event store does not tell its head', async () => {
    const audit = await set.started();
    await set.calls(2);
    jest.spyOn(set.events, 'head').mockRejectedValue(new Error('unreachable'));
    expect(await audit.search(everything, undefined, 10)).toMatchObject({ complete: false });
  });

  it('hands on what is wrong with the question', async () => {
    const audit = await set.started();
    await expect(audit.search(everything, 'nonsense', 10)).rejects.toBeInstanceOf(InvalidCursor);
    await expect(audit.search(everything, undefined, 0)).rejects.toBeInstanceOf(RangeError);
  });

  it('is refused when the view is closed, and the view can be closed twice', async () => {
    const audit = await set.started();
    await audit.close();
    await audit.close();
    await expect(audit.search(everything, undefined, 10)).rejects.toBeInstanceOf(AuditViewUnavailable);
  });
});

describe('the feeds', () => {
  it('go on where the file stands after a restart', async () => {
    await set.calls(3);
    const first = await set.started();
    await first.search(everything, undefined, 10);
    await first.close();
    await set.calls(2);
    const read = jest.spyOn(set.journal, 'read');
    const second = await set.started();
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
    const audit = await set.started({ spawn: slow, mostInFlight });
    await audit.search(everything, undefined, 1);
    for (let i = 0; i < 40; i += 1) {
      await set.calls(100);
      set.clock.advance(20);
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
    await set.calls(50);
    const read = set.journal.read.bind(set.journal);
    jest.spyOn(set.journal, 'read').mockImplementation(async (after, count) => {
      // Entries 20 to 22 lie in a group that does not open.
      if (after < 22 && after + count >= 20) throw new JournalDamaged('a group does not open', 1, 64);
      return read(after, count);
    });
    const audit = await set.started();
    const found = await audit.search({ ...everything, withUnauthenticated: true, order: 'oldest' }, undefined, 100);
    expect(found.complete).toBe(true);
    const damaged = found.items.filter(({ error }) => error !== null);
    expect(damaged).toEqual([
      expect.objectContaining({
        calls: 3,
        error: 'DamagedRecord',
        extra: { damaged: 'the journal cannot be read from entry 20 to 22' },
      }),
    ]);
    expect(found.items).toHaveLength(48);
    expect(set.logger.lines).toContain('error the audit view goes on behind a damage of the journal');
  });

  it('try again when the journal cannot be read for a while, or the event store broke the subscription', async () => {
    await set.calls(5);
    await set.change('Disabled', 'r1');
    jest.spyOn(set.journal, 'read').mockRejectedValueOnce(new Error('EIO'));
    const subscribe = set.events.subscribe.bind(set.events);
    jest
      .spyOn(set.events, 'subscribe')
      .mockImplementationOnce((options) =>
        subscribe({ ...options, onEvents: () => Promise.reject(new Error('connection lost')) }),
      );
    const audit = await set.started();
    await until(() => set.logger.lines.length === 2);
    const found = audit.search(everything, undefined, 10);
    set.clock.advance(300);
    expect(await found).toMatchObject({ complete: true, items: { length: 6 } });
  });

  it('open details before they post, and say so where one cannot be opened', async () => {
    await set.change('Disabled', 'r1', { detail: '0.AA' });
    await set.change('Enabled', 'r2');
    await set.change('Disabled', 'r3', { detail: '0.BB' });
    const openDetail = jest.fn(async ({ detail }: EventMetadata) => {
      if (detail === '0.BB') throw new Error('sealed');
      return '{"reason":"yearly"}';
    });
    const audit = await set.started({ openDetail });
    const found = audit.search({ ...everything, order: 'oldest' }, undefined, 10);
    let done = false;
    void found.then(() => (done = true));
    // Not so far that the search runs out of time.
    for (let step = 0; step < 40 && !done; step += 1) {
      set.clock.advance(40);
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
