import { randomBytes } from 'node:crypto';
import { DueWork, Holds, ScheduleDeletionCommand, Scheduler, SetRotationPolicyCommand } from '@claviger/application';
import { keyStream } from '@claviger/domain';
import { SystemClock } from '@claviger/platform';
import type { JobQueue } from '@claviger/ports';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { Queue } from 'bullmq';
import { type MemoryService, memoryService } from '../../../../test/support/memory-service.js';
import { describeWithRedis } from '../../../../test/servers/redis/found.js';
import { RedisServer } from '../../../../test/servers/redis/redis-server.js';
import { silent } from '../../../../test/servers/redis/silent.js';
import { WorkerProcess } from '../../../../test/servers/redis/worker-process.js';
import { PREFIX } from './options.js';
import { BullJobQueue } from './queue.js';

const DAY = 24 * 3_600_000;
const LOCKS = { durationMs: 600, checkEveryMs: 200 };

/*
 * Whatever happens to the queue, nothing changes but the moment: after each fault the keys of a service are exactly as they are after
 * none. Three keys are due: one for a rotation, one for destruction, one version for expiry; a fourth one is not due.
 */
describeWithRedis()('the queue on Redis, when it fails', () => {
  let redis: RedisServer;
  let service: MemoryService;
  let keys: Readonly<Record<'rotates' | 'dies' | 'expires' | 'stays', string>>;
  let name: string;
  let names = 0;
  const opened: JobQueue[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.dispose());

  beforeEach(async () => {
    names += 1;
    name = `faults-${names}`;
    service = await memoryService();
    keys = await dueKeys();
  });
  afterEach(async () => {
    for (const queue of opened.splice(0)) await queue.close();
    await service.close();
  });

  const policyOf = async (action: 'rotate' | 'expire' | null): Promise<string> => {
    const { keyId } = (await service.createKey()).key;
    if (action === null) return keyId;
    await service.commands.execute(
      new SetRotationPolicyCommand(service.call('SetRotationPolicy'), {
        key: { kind: 'id', keyId },
        rotationPolicy: {
          enabled: action === 'rotate',
          lifetimeActions: action === 'rotate' ? [{ action: 'rotate', timeAfterCreate: 'P30D' }] : [],
          expiryTime: action === 'expire' ? 'P30D' : null,
        },
      }),
    );
    return keyId;
  };

  async function dueKeys(): Promise<typeof keys> {
    const [rotates, expires, stays] = [await policyOf('rotate'), await policyOf('expire'), await policyOf(null)];
    const dies = (await service.createKey()).key.keyId;
    const input = { key: { kind: 'id', keyId: dies } as const, version: null, windowDays: 7 };
    await service.commands.execute(new ScheduleDeletionCommand(service.call('ScheduleDeletion'), input));
    for (let days = 0; days < 62; days += 1) service.parts.clock.advance(DAY / 2);
    return { rotates, dies, expires, stays };
  }

  const queue = (options: Partial<ConstructorParameters<typeof BullJobQueue>[0]> = {}): BullJobQueue => {
    const made = new BullJobQueue({
      redis: redis.connection,
      clock: new SystemClock(),
      random: randomBytes,
      logger: silent,
      name,
      locks: LOCKS,
      policy: { attempts: 8, firstDelayMs: 50, longestDelayMs: 100 },
      ...options,
    });
    opened.push(made);
    return made;
  };
  const schedulerOver = (jobs: JobQueue): Scheduler =>
    new Scheduler({ ...service.parts, jobs, work: service.app.get(DueWork), holds: service.app.get(Holds) });
  const runs: string[] = [];
  beforeEach(() => void runs.splice(0));
  const run = async (id: string): Promise<void> => {
    runs.push(id);
    await service.app.get(DueWork).run(id);
  };

  const eventsOf = async (keyId: string): Promise<readonly string[]> =>
    (await service.parts.store.readStream(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, keyId), 0, 500)).map(
      ({ type }) => type,
    );
  const outcome = async (): Promise<unknown> => ({
    rotates: await eventsOf(keys.rotates),
    dies: await eventsOf(keys.dies),
    expires: await eventsOf(keys.expires),
    stays: await eventsOf(keys.stays),
    material: (await service.parts.hsm.list('', 100)).length,
  });
  const DONE = {
    rotates: ['KeyCreated', 'RotationPolicyChanged', 'VersionRotated', 'PendingRetirement'],
    dies: ['KeyCreated', 'DeletionScheduled', 'DestructionStarted', 'MaterialDestroyed'],
    expires: ['KeyCreated', 'RotationPolicyChanged', 'VersionExpired'],
    stays: ['KeyCreated'],
    material: 4,
  };
  const jobId = (type: string, key: keyof typeof keys, version?: number): string =>
    `${type}-${SAMPLE_ACCOUNT}-${SAMPLE_REGION}-${keys[key]}${version === undefined ? '' : `-v${version}`}`;

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`it did not come to that; runs: ${runs.join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const settled = (jobs: JobQueue): Promise<void> =>
    until(async () => {
      const { waiting, running } = await jobs.counts();
      return waiting + running === 0;
    });

  it('is as it should be without any fault', async () => {
    const jobs = queue();
    jobs.work(run);
    await schedulerOver(jobs).tick();
    await settled(jobs);
    expect([await outcome(), new Set(runs).size]).toEqual([DONE, 3]);
  });

  it('loses nothing for ever when Redis is flushed, before its jobs run or while they do', async () => {
    const jobs = queue();
    const scheduler = schedulerOver(jobs);
    await scheduler.tick();
    expect((await jobs.counts()).waiting).toBe(3);
    await redis.flush();
    const gate = Promise.withResolvers<void>();
    jobs.work(async (id) => {
      await gate.promise;
      await run(id);
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await jobs.counts()).toEqual({ waiting: 0, running: 0, dead: 0 });
    await scheduler.tick();
    await until(async () => (await jobs.counts()).running === 3);
    await redis.flush();
    gate.resolve();
    await until(() => runs.length === 3);
    await scheduler.tick();
    await settled(jobs);
    expect(await outcome()).toEqual(DONE);
  });

  it.each(['before the work was done', 'after it was done, before anybody knew'])(
    'has a job run again whose worker was killed %s',
    async (when) => {
      const asking = queue();
      await using worker = await WorkerProcess.start({ redis: redis.connection, name, locks: LOCKS });
      await schedulerOver(asking).tick();
      await until(() => worker.took.length === 3);
      if (when.startsWith('after')) for (const id of worker.took) await run(id);
      await worker.kill();
      const jobs = queue();
      jobs.work(run);
      await settled(jobs);
      // At least: on a busy machine a lock of so short a time runs out, and a job runs once more.
      const least = when.startsWith('after') ? 2 : 1;
      for (const id of worker.took) expect(runs.filter((ran) => ran === id).length).toBeGreaterThanOrEqual(least);
      expect(await outcome()).toEqual(DONE);
    },
    60_000,
  );

  it('does not bury a job whose workers are killed one after the other', async () => {
    const asking = queue();
    const id = jobId('rotate', 'rotates', 1);
    await asking.enqueue([id]);
    for (let kills = 0; kills < 3; kills += 1) {
      await using worker = await WorkerProcess.start({ redis: redis.connection, name, locks: LOCKS });
      await until(() => worker.took.length === 1);
    }
    expect((await asking.counts()).dead).toBe(0);
    const jobs = queue();
    jobs.work(run);
    await settled(jobs);
    expect([await eventsOf(keys.rotates), [...new Set(runs)]]).toEqual([DONE.rotates, [id]]);
  }, 60_000);

  it('rotates once when a job that stalled runs twice at the same time', async () => {
    await using worker = await WorkerProcess.start({ redis: redis.connection, name, locks: LOCKS });
    const jobs = queue();
    const id = jobId('rotate', 'rotates', 1);
    await jobs.enqueue([id]);
    await until(() => worker.took.length === 1);
    // Busy for longer than its lock lasts, as far as anybody can see.
    worker.freeze();
    const taken = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    jobs.work(async (again) => {
      taken.resolve();
      await go.promise;
      await run(again);
    });
    await taken.promise;
    go.resolve();
    await Promise.all([run(id), settled(jobs)]);
    worker.thaw();
    worker.ended(id);
    await until(async () => (await redis.command('EXISTS', `${PREFIX}:${name}:${id}:lock`)) === 0);
    expect([runs.length >= 2, [...new Set(runs)]]).toEqual([true, [id]]);
    expect((await eventsOf(keys.rotates)).filter((type) => type === 'VersionRotated')).toHaveLength(1);
    // Nothing of it is left behind.
    await jobs.enqueue([id]);
    await settled(jobs);
    expect(await eventsOf(keys.rotates)).toEqual(DONE.rotates);
  }, 60_000);

  it('rotates once when several nodes ask for the same job, again and again', async () => {
    const nodes = [queue(), queue(), queue()];
    for (const jobs of nodes) jobs.work(run);
    for (let rounds = 0; rounds < 5; rounds += 1) await Promise.all(nodes.map((jobs) => schedulerOver(jobs).tick()));
    await settled(nodes[0] ?? queue());
    expect(await outcome()).toEqual(DONE);
  });

  it('makes up for ticks that were lost with Redis, with one rotation, when it is back', async () => {
    const jobs = queue({ answerWithinMs: 1_000 });
    const scheduler = schedulerOver(jobs);
    jobs.work(run);
    await jobs.counts();
    await redis.kill();
    for (let ticks = 0; ticks < 3; ticks += 1) {
      await scheduler.tick();
      service.parts.clock.advance(15_000);
    }
    expect(runs).toEqual([]);
    expect(service.parts.log.filter((line) => line.includes('the job queue does not answer'))).toHaveLength(1);
    await redis.restart();
    await until(async () => {
      await scheduler.tick();
      return runs.length >= 3;
    });
    await settled(jobs);
    expect(await outcome()).toEqual(DONE);
  }, 60_000);

  describe('and somebody writes jobs into it', () => {
    let forger: Queue;
    beforeEach(() => {
      forger = new Queue(name, { connection: { ...redis.connection }, prefix: PREFIX });
    });
    afterEach(() => forger.close());

    const key = (suffix: string): string => `${PREFIX}:${name}:${suffix}`;
    /** A job written by hand, whatever it holds. */
    const plant = async (id: string, fields: readonly string[]): Promise<void> => {
      if (fields.length > 0) await redis.command('HSET', key(id), ...fields);
      await redis.command('RPUSH', key('wait'), id);
      await redis.command('ZADD', key('marker'), '0', '0');
    };

    it('does not rotate, destroy or expire a key that is not due, whatever the job says', async () => {
      const jobs = queue();
      const before = await outcome();
      jobs.work(run);
      const data = { keyId: keys.rotates, command: { type: 'RotateKey' }, force: true };
      for (const id of [
        jobId('rotate', 'stays', 1),
        jobId('destroy', 'stays'),
        jobId('expire', 'stays', 1),
        jobId('destroy', 'rotates'),
        jobId('rotate', 'rotates', 7),
        jobId('rotate', 'dies', 1),
      ]) {
        await forger.add('RotateKey', data, { jobId: id });
      }
      await settled(jobs);
      expect(await outcome()).toEqual(before);
      expect(runs).toHaveLength(6);
    });

    it('drops ids that are none, garbage that is no job, and goes on', async () => {
      const jobs = queue();
      await forger.add('x', 'text', { jobId: 'NO SUCH JOB' });
      await forger.add('__proto__', { toString: 1 }, { jobId: `rotate-${'x'.repeat(200)}` });
      await forger.add('numbered by BullMQ', {});
      await plant('no-hash', []);
      await plant('empty', ['data', '']);
      await plant('not-json', ['data', '{"a":', 'opts', '{}', 'name', 'x']);
      await plant('bad-options', ['data', '{}', 'opts', 'not json', 'name', 'x']);
      await plant('bad-numbers', ['data', '{}', 'opts', '{}', 'timestamp', 'never', 'atm', '-5', 'delay', 'NaN']);
      jobs.work(run);
      await schedulerOver(jobs).tick();
      await until(async () => JSON.stringify(await outcome()) === JSON.stringify(DONE));
      await settled(jobs);
      // Also those that BullMQ chokes on are gone, and nothing is dead.
      expect(await jobs.counts()).toEqual({ waiting: 0, running: 0, dead: 0 });
      expect(await outcome()).toEqual(DONE);
    }, 60_000);

    it('tries a job no more often than our own policy says, whatever its options promise', async () => {
      const jobs = queue({ policy: { attempts: 2, firstDelayMs: 20, longestDelayMs: 20 } });
      const failed: string[] = [];
      jobs.work((id) => {
        failed.push(id);
        return Promise.reject(new Error('no'));
      });
      await forger.add('x', {}, { jobId: 'rotate-forged', attempts: 1_000_000 });
      await until(async () => (await jobs.counts()).dead === 1);
      expect(failed).toHaveLength(2);
    });

    it('does what is due an hour later without the queue, when its ids were made to be ignored', async () => {
      const jobs = queue();
      jobs.work(run);
      const scheduler = schedulerOver(jobs);
      // A job that is in no list, one that failed for ever, one that waits for ten years.
      await redis.command('HSET', key(jobId('rotate', 'rotates', 1)), 'data', '{}', 'opts', '{}', 'name', 'x');
      await redis.command('HSET', key(jobId('expire', 'expires', 1)), 'data', '{}', 'opts', '{}', 'name', 'x');
      await redis.command('ZADD', key('failed'), '99999999999999', jobId('expire', 'expires', 1));
      await forger.add('x', {}, { jobId: jobId('destroy', 'dies'), delay: 3_650 * DAY });
      await scheduler.tick();
      await scheduler.tick();
      expect(runs).toEqual([]);
      for (let minutes = 0; minutes < 60; minutes += 15) service.parts.clock.advance(15 * 60_000);
      await scheduler.tick();
      expect([await outcome(), runs]).toEqual([DONE, []]);
    });

    it('lists what was forged without believing it, and lets an operator clear it', async () => {
      const jobs = queue();
      const [odd] = ['\u001b[2J odd id'];
      await redis.command('HSET', key(String(odd)), 'data', '{', 'opts', '{', 'failedReason', 'x');
      await redis.command('ZADD', key('failed'), '1', String(odd));
      await redis.command(
        'HSET',
        key('reason'),
        'data',
        '{}',
        'opts',
        '{}',
        'name',
        'x',
        'failedReason',
        '\u001b[2J',
        'atm',
        '-1',
      );
      await redis.command('ZADD', key('failed'), '2', 'reason');
      expect(await jobs.list('dead', 0, 10)).toEqual([
        {
          id: odd,
          state: 'dead',
          failures: 0,
          since: null,
          notBefore: null,
          reason: expect.stringContaining('cannot be read'),
        },
        { id: 'reason', state: 'dead', failures: 0, since: null, notBefore: null, reason: ' [2J' },
      ]);
      expect([await jobs.retry(String(odd)), await jobs.retry('reason')]).toEqual([true, true]);
      expect(await jobs.counts()).toEqual({ waiting: 1, running: 0, dead: 0 });
    });
  });
});
