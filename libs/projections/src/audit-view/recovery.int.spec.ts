import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemoryAuditJournal } from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { AuditViewUnavailable } from './requests.js';
import { type AuditWorker, inlineWorker, type SpawnAuditWorker } from './spawn.js';
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

describe('a worker that dies', () => {
  it('is replaced, questions included, and nothing is lost or doubled', async () => {
    const audit = await set.started();
    await set.calls(300);
    await audit.search(everything, undefined, 1);
    const question = audit.search(everything, undefined, 1_000, {
      waitFor: { journal: 320, store: 0n },
      timeoutMs: 1_000,
    });
    set.workers.at(-1)?.kill();
    await until(() => set.logger.lines.length > 0);
    await set.calls(20);
    set.clock.advance(50);
    const found = await question;
    expect(set.workers).toHaveLength(2);
    expect(found).toMatchObject({ complete: true });
    expect(new Set(found.items.map(({ position }) => position)).size).toBe(320);
    expect(set.logger.lines).toContain('error the worker of the audit view ended, it starts again');
  });

  it('takes a question with it that kills every worker', async () => {
    const fatal: SpawnAuditWorker = (path) => {
      const worker = set.spawn(path);
      return { ...worker, post: (message) => (message.kind === 'search' ? worker.kill() : worker.post(message)) };
    };
    const audit = await set.started({ spawn: fatal });
    const question = audit.search(everything, undefined, 10);
    const outcome = question.then(
      () => 'answered',
      (error: unknown) => (error instanceof AuditViewUnavailable ? 'refused' : 'broken'),
    );
    await until(() => set.logger.lines.length === 1);
    set.clock.advance(50);
    await until(() => set.logger.lines.length === 2);
    expect(await outcome).toBe('refused');
  });

  it('is tried again ever more slowly where it cannot be started at all', async () => {
    let attempts = 0;
    const audit = await set.started({
      spawn: () => {
        attempts += 1;
        throw new Error('no such file');
      },
    });
    set.clock.advance(50);
    set.clock.advance(100);
    expect(attempts).toBe(3);
    set.clock.advance(199);
    expect(attempts).toBe(3);
    await audit.close();
    set.clock.advance(60_000);
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
    await set.calls(3);
    const audit = await set.started({ spawn: failing });
    await until(() => set.logger.lines.length === 1);
    const early = audit.search(everything, undefined, 10, { timeoutMs: 10 });
    set.clock.advance(10);
    expect(await early).toMatchObject({ complete: false, behind: { journal: 3, store: 0n }, items: [] });
    full = false;
    const later = audit.search(everything, undefined, 10);
    set.clock.advance(50);
    expect(await later).toMatchObject({ complete: true, items: { length: 3 } });
  });
});

describe('a file that cannot be used', () => {
  it.each([
    ['is no database', () => writeFileSync(join(set.folder, 'audit.db'), 'x'.repeat(5_000))],
    [
      'was damaged',
      () => writeFileSync(join(set.folder, 'audit.db'), readFileSync(join(set.folder, 'audit.db')).fill(7, 100, 8_000)),
    ],
  ])('is filled anew where it %s', async (_, damage) => {
    await set.calls(20);
    const first = await set.started();
    await first.search(everything, undefined, 1);
    await first.close();
    damage();
    const second = await set.started();
    expect(await second.search(everything, undefined, 100)).toMatchObject({ complete: true, items: { length: 20 } });
    expect(set.logger.lines).toContain('warn the file of the audit view is unusable and is filled anew');
  });

  it('is filled anew where it is ahead of the records, as after a backup was restored', async () => {
    await set.calls(20);
    const first = await set.started();
    await first.search(everything, undefined, 1);
    await first.close();
    set.journal = new InMemoryAuditJournal();
    await set.calls(4, { operation: 'Sign' });
    const second = await set.started();
    expect(set.logger.lines).toEqual(['warn the audit view is ahead of the records and is filled anew']);
    const { items } = await second.search(everything, undefined, 100);
    expect(items.map(({ operation }) => operation)).toEqual(['Sign', 'Sign', 'Sign', 'Sign']);
  });
});
