import { randomBytes } from 'node:crypto';
import { BullJobQueue } from '@claviger/adapters/queue-bullmq';
import { SystemClock } from '@claviger/platform';
import { silent } from './silent.js';
import type { FromWorker, ToWorker } from './worker-process.js';

/*
 * A worker in a process of its own, for tests to kill or to freeze. What its jobs do is done by the test that started it: this process
 * takes a job, says so, and holds it until it is told how it ended.
 */

const waiting = new Map<string, () => void>();
const tell = (message: FromWorker): void => void process.send?.(message);

process.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'work': {
      const { redis, name, locks } = message;
      const queue = new BullJobQueue({
        redis,
        name,
        locks,
        clock: new SystemClock(),
        random: randomBytes,
        logger: silent,
        policy: { attempts: 8, firstDelayMs: 50, longestDelayMs: 100 },
      });
      queue.work((id) => {
        tell({ type: 'took', id });
        return new Promise((resolve) => waiting.set(id, resolve));
      });
      tell({ type: 'works' });
      return;
    }
    case 'ended':
      waiting.get(message.id)?.();
  }
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
