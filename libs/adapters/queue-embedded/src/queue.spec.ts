import { JsonLogger } from '@claviger/platform';
import { jobQueueConformance } from '@claviger/ports/testing';
import { FakeClock } from '@claviger/testing';
import { EmbeddedJobQueue, type EmbeddedJobQueueOptions } from './queue.js';

const POLICY = { attempts: 3, firstDelayMs: 40, longestDelayMs: 80 };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function make(options: Partial<EmbeddedJobQueueOptions> = {}): {
  readonly queue: EmbeddedJobQueue;
  readonly clock: FakeClock;
  readonly log: string[];
} {
  const clock = new FakeClock();
  const log: string[] = [];
  const logger = new JsonLogger({ clock, level: 'debug', sink: (line) => void log.push(line) });
  const random = (length: number): Uint8Array => new Uint8Array(length);
  return { queue: new EmbeddedJobQueue({ clock, random, logger, policy: POLICY, ...options }), clock, log };
}

jobQueueConformance('embedded', async () => {
  const { queue, clock } = make();
  return {
    queue,
    policy: POLICY,
    elapse: async (ms) => {
      clock.advance(ms);
      await turn();
    },
    dispose: () => queue.close(),
  };
});

describe('the embedded queue', () => {
  it('runs as many jobs at once as it was told, and no more', async () => {
    const { queue } = make({ atOnce: 2 });
    const ends: (() => void)[] = [];
    queue.work(() => new Promise((resolve) => ends.push(resolve)));
    await queue.enqueue(['a', 'b', 'c', 'd']);
    expect([ends.length, await queue.counts()]).toEqual([2, { waiting: 2, running: 2, dead: 0 }]);
    ends[0]?.();
    await turn();
    expect([ends.length, await queue.counts()]).toEqual([3, { waiting: 1, running: 2, dead: 0 }]);
    for (const end of ends) end();
    await turn();
    ends[3]?.();
    await queue.close();
    expect(ends).toHaveLength(4);
  });

  it('waits exactly as long as the random bytes say', async () => {
    const random = (length: number): Uint8Array => new Uint8Array(length).fill(0x80);
    const { queue, clock } = make({ random });
    let runs = 0;
    queue.work(async () => {
      runs += 1;
      throw new Error('no');
    });
    await queue.enqueue(['a']);
    await turn();
    expect((await queue.list('waiting', 0, 1))[0]?.notBefore).toBe(clock.now() + 30);
    clock.advance(29);
    await turn();
    expect(runs).toBe(1);
    clock.advance(1);
    await turn();
    expect(runs).toBe(2);
    await queue.close();
  });

  it('says in the log that a job is dead', async () => {
    const { queue, log } = make({ policy: { ...POLICY, attempts: 1 } });
    queue.work(() => Promise.reject(new Error('the device is gone')));
    await queue.enqueue(['rotate-a-v1']);
    await turn();
    expect(log).toEqual([expect.stringContaining('ALERT: a job has failed too often and is dead')]);
    expect(log[0]).toContain('the device is gone');
    await queue.close();
  });

  it('leaves no timer behind when it is closed', async () => {
    const { queue, clock } = make();
    queue.work(() => Promise.reject(new Error('no')));
    await queue.enqueue(['a']);
    await turn();
    expect(clock.timers).toBe(1);
    await queue.close();
    expect(clock.timers).toBe(0);
  });

  it('sets no timer for a job that fails while it is closed', async () => {
    const { queue, clock } = make();
    let fail: (error: Error) => void = () => undefined;
    queue.work(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    );
    await queue.enqueue(['a']);
    const closing = queue.close();
    fail(new Error('no'));
    await closing;
    expect(clock.timers).toBe(0);
  });

  it.each([0, 1.5, Number.NaN])('refuses to run %d at once', (atOnce) => {
    expect(() => make({ atOnce })).toThrow(RangeError);
  });
});
