import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteSealedStore } from '@claviger/adapters/sealed-store-sqlite';
import { SetRotationPolicyCommand } from '@claviger/application';
import { SecretBytes } from '@claviger/crypto';
import { keyStream } from '@claviger/domain';
import { SystemClock } from '@claviger/platform';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { StandInHarness, until } from '../../../../test/servers/eventstore/harness.js';
import { describeWithRedis } from '../../../../test/servers/redis/found.js';
import { DueWorkerProcess } from '../../../../test/servers/redis/due-worker-process.js';
import { RedisServer } from '../../../../test/servers/redis/redis-server.js';
import { silent } from '../../../../test/servers/redis/silent.js';
import { memoryService } from '../../../../test/support/memory-service.js';
import { RunningClock } from '../../../../test/support/running-clock.js';
import { BullJobQueue } from './queue.js';

const DAY = 24 * 3_600_000;
const LOCKS = { durationMs: 600, checkEveryMs: 200 };

/*
 * Two worker processes, each with the whole application, over one event store, one sealed store and one Redis: nothing but the expected
 * revision and the command's id stands between them and a doubled rotation.
 */
describeWithRedis()('two workers that run one job at the same time', () => {
  const name = 'two-workers';
  let folder: string;
  let redis: RedisServer;
  let harness: StandInHarness;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-two-workers-'));
    redis = await RedisServer.start();
    harness = await StandInHarness.start();
  });
  afterEach(async () => {
    await harness.dispose();
    await redis.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('rotate once, to one and the same material, and leave no job behind', async () => {
    const rootKey = randomBytes(32).toString('hex');
    const sealedStore = join(folder, 'sealed.db');
    // 1. A key that is due a day from now; the clocks of the workers are two days ahead.
    const clock = new RunningClock();
    const shared = openSqliteSealedStore({ path: sealedStore });
    const maker = await memoryService(undefined, {
      clock,
      events: harness.open({ namespace: 'claviger', timing: {} }),
      sealedStore: shared,
      rootKey: SecretBytes.take(Buffer.from(rootKey, 'hex')),
      node: 'maker',
    });
    const { keyId } = (await maker.createKey()).key;
    await maker.commands.execute(
      new SetRotationPolicyCommand(maker.call('SetRotationPolicy'), {
        key: { kind: 'id', keyId },
        rotationPolicy: {
          enabled: true,
          lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1D' }],
          expiryTime: null,
        },
      }),
    );
    const before = (await maker.parts.hsm.list('', 100)).length;
    const options = {
      connection: harness.server.connection,
      sealedStore,
      rootKey,
      now: clock.now() + 2 * DAY,
      redis: redis.connection,
      name,
      locks: LOCKS,
    };
    // 2. One takes the job, and is busy for longer than its lock lasts, as far as anybody can see: the other one is given it, too.
    await using first = await DueWorkerProcess.start({ ...options, node: 'worker-1' });
    const queue = new BullJobQueue({
      redis: redis.connection,
      name,
      locks: LOCKS,
      clock: new SystemClock(),
      random: randomBytes,
      logger: silent,
    });
    const job = `rotate-${SAMPLE_ACCOUNT}-${SAMPLE_REGION}-${keyId}-v1`;
    await queue.enqueue([job]);
    await until(() => first.took.length === 1, 'the first worker has the job', 10_000);
    await using second = await DueWorkerProcess.start({ ...options, node: 'worker-2' });
    first.freeze();
    await until(() => second.took.length === 1, 'the second worker has it as well', 10_000);
    first.thaw();
    // 3. Both do it.
    first.go();
    second.go();
    await until(() => first.outcomes.length >= 1 && second.outcomes.length >= 1, 'both have done it', 15_000);
    expect([first.took[0], second.took[0]]).toEqual([job, job]);
    // 4. One rotation, one new material, and no job that waits, runs or is dead.
    const events = await maker.parts.store.readStream(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, keyId), 0, 100);
    expect(events.map(({ type }) => type)).toEqual([
      'KeyCreated',
      'RotationPolicyChanged',
      'VersionRotated',
      'PendingRetirement',
    ]);
    expect((await maker.parts.hsm.list('', 100)).length - before).toBe(1);
    let left = await queue.counts();
    for (let tries = 0; tries < 500 && left.waiting + left.running > 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      left = await queue.counts();
    }
    expect(left).toEqual({ waiting: 0, running: 0, dead: 0 });
    await queue.close();
    await maker.close();
    await shared.close();
    clock.stop();
  }, 60_000);
});
