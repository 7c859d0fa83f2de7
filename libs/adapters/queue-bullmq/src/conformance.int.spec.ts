import { randomBytes } from 'node:crypto';
import { SystemClock } from '@claviger/platform';
import { jobQueueConformance } from '@claviger/ports/testing';
import { describeWithRedis } from '../../../../test/servers/redis/found.js';
import { RedisServer } from '../../../../test/servers/redis/redis-server.js';
import { silent } from '../../../../test/servers/redis/silent.js';
import { BullJobQueue } from './queue.js';

// Long enough for a busy machine to see a job while it waits.
const POLICY = { attempts: 3, firstDelayMs: 300, longestDelayMs: 400 };

describeWithRedis()('BullMQ on Redis', () => {
  let redis: RedisServer;
  let queues = 0;

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.dispose());

  jobQueueConformance('bullmq', async () => {
    queues += 1;
    const queue = new BullJobQueue({
      redis: redis.connection,
      clock: new SystemClock(),
      random: randomBytes,
      logger: silent,
      name: `conformance-${queues}`,
      policy: POLICY,
    });
    return {
      queue,
      policy: POLICY,
      elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      dispose: () => queue.close(),
    };
  });
});
