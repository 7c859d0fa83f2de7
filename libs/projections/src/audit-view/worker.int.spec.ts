import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SystemClock } from '@claviger/platform';
import { InMemoryAuditJournal, InMemoryEventStore } from '@claviger/ports';
import { builtTestCode, repositoryRoot } from '@claviger/testing';
import { AuditView } from './host.js';
import { type AuditWorker, threadWorker } from './spawn.js';
import { ACCOUNT, entry, newEvent, QuietLogger } from './spec-support.js';

// The thread itself, from compiled code: what the other specs run on their own thread.
const BUILD_MS = 60_000;
let url: URL;
let folder: string;
beforeAll(() => {
  url = pathToFileURL(join(builtTestCode(repositoryRoot()), 'libs/projections/src/audit-view/worker.js'));
}, BUILD_MS);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the worker thread', () => {
  it('folds, searches, erases and rebuilds, and is replaced when it is killed', async () => {
    const journal = new InMemoryAuditJournal();
    const events = new InMemoryEventStore();
    const logger = new QuietLogger();
    const workers: AuditWorker[] = [];
    const audit = AuditView.open({
      path: join(folder, 'audit.db'),
      journal,
      events,
      openDetail: async () => '',
      clock: new SystemClock(),
      logger,
      spawn: (path) => {
        const worker = threadWorker(url)(path);
        workers.push(worker);
        return worker;
      },
    });
    try {
      await audit.start();
      const add = (from: number, count: number): Promise<unknown> =>
        Promise.all(
          Array.from({ length: count }, (_, i) =>
            journal.append(entry(from + i, {}, { context: { n: String(from + i) } })),
          ),
        );
      await add(1, 600);
      await events.append('key-a', -1, [
        newEvent('00000000-0000-5000-8000-000000000001', 'Disabled', {}, { account: ACCOUNT }),
      ]);
      const search = (filter = {}): ReturnType<AuditView['search']> =>
        audit.search({ account: ACCOUNT, ...filter }, undefined, 1_000);
      expect(await search()).toMatchObject({ complete: true, items: { length: 601 } });

      workers.at(-1)?.kill();
      await add(601, 50);
      expect(await search()).toMatchObject({ complete: true, items: { length: 651 } });
      expect(await search({ context: { n: '640' } })).toMatchObject({ items: [{ position: '640' }] });

      await audit.rebuild();
      const month = new Date(entry(1).at).toISOString().slice(0, 7);
      await journal.eraseDetail(ACCOUNT, month);
      await audit.eraseDetail(ACCOUNT, month);
      expect(await search({ context: { n: '640' } })).toMatchObject({ complete: true, items: [] });
      expect(await search()).toMatchObject({ complete: true, items: { length: 651 } });
      expect(logger.lines).toEqual(['error the worker of the audit view ended, it starts again']);
    } finally {
      await audit.close();
    }
  }, 30_000);
});
