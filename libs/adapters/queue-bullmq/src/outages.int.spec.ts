import { randomBytes } from 'node:crypto';
import { JsonLogger, SystemClock } from '@claviger/platform';
import { JobQueueUnavailable } from '@claviger/ports';
import { describeWithRedis } from '../../../../test/servers/redis/found.js';
import { RedisServer } from '../../../../test/servers/redis/redis-server.js';
import { BullJobQueue } from './queue.js';

const SECRET = 'hunter2-hunter2-hunter2';

describeWithRedis()('a queue whose Redis is not there', () => {
  let redis: RedisServer;
  let log: string[];
  const opened: BullJobQueue[] = [];

  beforeEach(async () => {
    log = [];
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    for (const queue of opened.splice(0)) await queue.close();
    await redis.dispose();
  });

  const open = (options: Partial<ConstructorParameters<typeof BullJobQueue>[0]> = {}): BullJobQueue => {
    const clock = new SystemClock();
    const queue = new BullJobQueue({
      redis: redis.connection,
      clock,
      random: randomBytes,
      logger: new JsonLogger({ clock, level: 'debug', sink: (line) => void log.push(line) }),
      answerWithinMs: 700,
      ...options,
    });
    opened.push(queue);
    return queue;
  };
  const logged = (text: string): number => log.filter((line) => line.includes(text)).length;
  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 15_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`it did not come to that: ${log.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  async function refused(call: () => Promise<unknown>): Promise<number> {
    const began = Date.now();
    await expect(call()).rejects.toMatchObject({ name: JobQueueUnavailable.name, reason: 'unreachable' });
    return Date.now() - began;
  }

  it('starts without it, says so once, and works when it comes', async () => {
    await redis.kill();
    const queue = open();
    const runs: string[] = [];
    queue.work(async (id) => void runs.push(id));
    expect(await refused(() => queue.enqueue(['a']))).toBeLessThan(2_000);
    await refused(() => queue.counts());
    await refused(() => queue.list('dead', 0, 1));
    await refused(() => queue.retry('a'));
    await redis.restart();
    await until(() =>
      queue.enqueue(['b']).then(
        () => true,
        () => false,
      ),
    );
    await until(() => runs.includes('b'));
    await until(() => logged('the job queue works again') > 0);
  }, 30_000);

  it('comes back by itself after a kill, and after a silence, on the same queue', async () => {
    const queue = open();
    const runs: string[] = [];
    queue.work(async (id) => void runs.push(id));
    await queue.enqueue(['a']);
    await until(() => runs.length === 1);
    await redis.kill();
    await refused(() => queue.enqueue(['b']));
    await redis.restart();
    await until(() =>
      queue.enqueue(['c']).then(
        () => true,
        () => false,
      ),
    );
    await until(() => runs.includes('c'));
    redis.pause();
    const waited = await refused(() => queue.enqueue(['d']));
    expect(waited).toBeGreaterThanOrEqual(600);
    expect(waited).toBeLessThan(3_000);
    redis.resume();
    // What was sent into the silence may run all the same: that is the contract.
    await until(async () => {
      await queue.enqueue(['e']).catch(() => undefined);
      return runs.includes('e');
    });
  }, 30_000);

  it.each(['gone', 'silent'])(
    'is closed within seconds when it is %s, and waits for the handler first',
    async (how) => {
      const queue = open();
      const gate = Promise.withResolvers<void>();
      let begun = false;
      let ended = false;
      queue.work(async () => {
        begun = true;
        await gate.promise;
        ended = true;
      });
      await queue.enqueue(['a']);
      // Redis calls a job running while it is still on its way to the worker.
      await until(() => begun);
      if (how === 'gone') await redis.kill();
      else redis.pause();
      let closed = false;
      const closing = queue.close().then(() => {
        closed = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect([ended, closed]).toEqual([false, false]);
      gate.resolve();
      const began = Date.now();
      await closing;
      expect(ended).toBe(true);
      expect(Date.now() - began).toBeLessThan(6_000);
    },
    30_000,
  );

  it('never puts its password into the log or into an error', async () => {
    const queue = open({ redis: { ...redis.connection, username: 'somebody', password: SECRET } });
    queue.work(async () => undefined);
    const error: unknown = await queue.enqueue(['a']).catch((failure: unknown) => failure);
    await until(() => logged('the job queue has trouble with Redis') > 0);
    expect(error).toBeInstanceOf(JobQueueUnavailable);
    expect(JSON.stringify([log, String(error), Object.entries(error as object), (error as Error).cause])).not.toContain(
      SECRET,
    );
  });

  it('says what is wrong with the settings of the server', async () => {
    await using careless = await RedisServer.start({ maxmemoryPolicy: 'allkeys-lru', appendOnly: false });
    const queue = open({ redis: careless.connection });
    await until(() => logged('Redis is not set up for jobs') === 2);
    await queue.close();
  });

  it('keeps no stack trace of a failure in Redis, and one line of its reason', async () => {
    const queue = open({ policy: { attempts: 1, firstDelayMs: 1, longestDelayMs: 1 } });
    queue.work(() => Promise.reject(new Error('no\nsecond line')));
    await queue.enqueue(['a']);
    await until(async () => (await queue.counts()).dead === 1);
    const job = (await redis.command('HGETALL', '{claviger}:jobs:a')) as Readonly<Record<string, string>>;
    expect([job['failedReason'], job['stacktrace'], job['data']]).toEqual(['no second line', '[]', '{}']);
  });
});
