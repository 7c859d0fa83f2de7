import { FakeClock } from '@claviger/testing';
import { jobQueueConformance } from './conformance.js';
import { InMemoryJobQueue } from './in-memory.js';

const POLICY = { attempts: 3, firstDelayMs: 40, longestDelayMs: 80 };

jobQueueConformance('in memory', async () => {
  const clock = new FakeClock();
  const queue = new InMemoryJobQueue(clock, (length) => new Uint8Array(length), POLICY);
  return {
    queue,
    policy: POLICY,
    elapse: async (ms) => {
      clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
    dispose: () => queue.close(),
  };
});
