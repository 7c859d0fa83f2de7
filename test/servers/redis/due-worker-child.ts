import { randomBytes } from 'node:crypto';
import { EventStoreDbEventStore } from '@claviger/adapters/event-store-eventstoredb';
import { BullJobQueue } from '@claviger/adapters/queue-bullmq';
import { openSqliteSealedStore } from '@claviger/adapters/sealed-store-sqlite';
import { DueWork } from '@claviger/application';
import { SecretBytes } from '@claviger/crypto';
import { SystemClock, SystemIds } from '@claviger/platform';
import { memoryService } from '../../support/memory-service.js';
import { RunningClock } from '../../support/running-clock.js';
import type { DueWorkerOptions, FromDueWorker, ToDueWorker } from './due-worker-process.js';
import { silent } from './silent.js';

/*
 * A worker node in a process of its own: the application over EventStoreDB's stand-in, a sealed store that it shares, and BullMQ. It holds
 * each job that it takes until it is told to go on, and then does what is due.
 */

const tell = (message: FromDueWorker): void => void process.send?.(message);
const going = Promise.withResolvers<void>();

async function work({
  node,
  connection,
  sealedStore,
  rootKey,
  now,
  redis,
  name,
  locks,
}: DueWorkerOptions): Promise<void> {
  const clock = new SystemClock();
  const events = new EventStoreDbEventStore({
    connection,
    namespace: 'claviger',
    clock,
    ids: new SystemIds(clock),
    logger: silent,
  });
  const service = await memoryService(undefined, {
    clock: new RunningClock(now),
    events,
    sealedStore: openSqliteSealedStore({ path: sealedStore }),
    rootKey: SecretBytes.take(Buffer.from(rootKey, 'hex')),
    node,
  });
  const policy = { attempts: 8, firstDelayMs: 50, longestDelayMs: 100 };
  const queue = new BullJobQueue({ redis, name, locks, policy, clock, random: randomBytes, logger: silent });
  queue.work(async (id) => {
    tell({ type: 'took', id });
    await going.promise;
    const outcome = await service.app.get(DueWork).run(id);
    tell({ type: 'ran', id, outcome });
  });
  tell({ type: 'works' });
}

process.on('message', (message: ToDueWorker) => {
  switch (message.type) {
    case 'work':
      work(message.options).catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      });
      return;
    case 'go':
      going.resolve();
  }
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
