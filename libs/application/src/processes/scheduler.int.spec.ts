import { keyStream } from '@claviger/domain';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { type MemoryService, memoryService } from '../../../../test/support/memory-service.js';
import { ScheduleDeletionCommand } from '../change/schedule-deletion.js';
import { CancelDeletionCommand } from '../change/cancel-deletion.js';
import { SetRotationPolicyCommand } from '../change/set-rotation-policy.js';
import { DisableKeyCommand } from '../change/disable-key.js';
import { Holds } from './holds.js';
import { DueWork } from './jobs/due-work.js';
import { Scheduler } from './scheduler.js';

const DAY = 24 * 3_600_000;

let service: MemoryService;
let scheduler: Scheduler;
beforeEach(async () => {
  service = await memoryService();
  scheduler = service.app.get(Scheduler);
  const work = service.app.get(DueWork);
  service.parts.jobs.work(async (id) => void (await work.run(id)));
});
afterEach(async () => {
  await service.close();
});

/** A pass of the scheduler, and the jobs that it asks for. */
async function tick(): Promise<void> {
  await scheduler.tick();
  await service.parts.jobs.settled();
}

const id = (keyId: string) => ({ kind: 'id', keyId }) as const;
const eventsOf = async (keyId: string): Promise<string[]> =>
  (await service.parts.store.readStream(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, keyId), 0, 500)).map(
    ({ type }) => type,
  );
const rotateEvery = (keyId: string, days: number) =>
  service.commands.execute(
    new SetRotationPolicyCommand(service.call('SetRotationPolicy'), {
      key: id(keyId),
      rotationPolicy: {
        enabled: true,
        lifetimeActions: [{ action: 'rotate', timeAfterCreate: `P${days}D` }],
        expiryTime: null,
      },
    }),
  );

/** Days pass one by one, each with a heartbeat and a pass of the scheduler. */
async function daysPass(days: number): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    service.parts.clock.advance(DAY - 1000);
    await tick();
  }
}

describe('the scheduler', () => {
  it('rotates a key when its period is over, once, however often it looks (R-118)', async () => {
    const { key } = await service.createKey();
    await rotateEvery(key.keyId, 30);
    service.parts.clock.advance(30 * DAY + 1000);
    await Promise.all([tick(), tick()]);
    await tick();
    expect((await eventsOf(key.keyId)).filter((type) => type === 'VersionRotated')).toHaveLength(1);
  });

  it('makes up for several missed periods with one rotation', async () => {
    const { key } = await service.createKey();
    await rotateEvery(key.keyId, 30);
    service.parts.clock.advance(100 * DAY);
    await tick();
    expect((await eventsOf(key.keyId)).filter((type) => type === 'VersionRotated')).toHaveLength(1);
    service.parts.clock.advance(21 * DAY);
    await tick();
    expect((await eventsOf(key.keyId)).filter((type) => type === 'VersionRotated')).toHaveLength(2);
  });

  it('says that a rotation is overdue, in a log line and a metric, when it cannot be done (R-119, R-200)', async () => {
    const { key } = await service.createKey();
    await rotateEvery(key.keyId, 30);
    service.parts.hsm.generate = () => Promise.reject(new Error('the device is gone'));
    service.parts.clock.advance(31 * DAY);
    await tick();
    expect(service.parts.log.some((line) => line.includes('a rotation is overdue'))).toBe(true);
    expect(service.parts.metrics.render()).toContain('claviger_rotations_overdue 1');
    expect(await eventsOf(key.keyId)).not.toContain('VersionRotated');
  });

  it('destroys a key when its window is over: registered in the anchor first, then the material, then the event', async () => {
    const { key } = await service.createKey();
    const order: string[] = [];
    const { anchor, hsm } = service.parts;
    const register = anchor.registerDestruction.bind(anchor);
    const destroy = hsm.destroy.bind(hsm);
    anchor.registerDestruction = async (reference) => {
      order.push('anchor');
      await register(reference);
    };
    hsm.destroy = async (material) => {
      expect(await eventsOf(key.keyId)).toContain('DestructionStarted');
      expect(await eventsOf(key.keyId)).not.toContain('MaterialDestroyed');
      order.push('hsm');
      await destroy(material);
    };
    await service.commands.execute(
      new ScheduleDeletionCommand(service.call('ScheduleDeletion'), {
        key: id(key.keyId),
        version: null,
        windowDays: 7,
      }),
    );
    await daysPass(6);
    expect(order).toEqual([]);
    await daysPass(2);
    expect(order).toEqual(['anchor', 'hsm']);
    expect((await eventsOf(key.keyId)).slice(-2)).toEqual(['DestructionStarted', 'MaterialDestroyed']);
    expect(await hsm.list('', 10)).toEqual([]);
  });

  it('finishes a destruction that died between the HSM and the event', async () => {
    const { key } = await service.createKey();
    const { hsm } = service.parts;
    const destroy = hsm.destroy.bind(hsm);
    let deaths = 0;
    hsm.destroy = async (material) => {
      await destroy(material);
      deaths += 1;
      if (deaths === 1) throw new Error('died here');
    };
    await service.commands.execute(
      new ScheduleDeletionCommand(service.call('ScheduleDeletion'), {
        key: id(key.keyId),
        version: null,
        windowDays: 7,
      }),
    );
    await daysPass(8);
    service.parts.clock.advance(120_000);
    await tick();
    expect(deaths).toBe(2);
    expect((await eventsOf(key.keyId)).filter((type) => type === 'MaterialDestroyed')).toHaveLength(1);
  });

  it('destroys nothing whose deletion was cancelled', async () => {
    const { key } = await service.createKey();
    await service.commands.execute(
      new ScheduleDeletionCommand(service.call('ScheduleDeletion'), {
        key: id(key.keyId),
        version: null,
        windowDays: 7,
      }),
    );
    await service.commands.execute(
      new CancelDeletionCommand(service.call('CancelDeletion'), { key: id(key.keyId), version: null }),
    );
    await daysPass(10);
    expect(await eventsOf(key.keyId)).not.toContain('DestructionStarted');
  });

  it('destroys nothing while a hold is in force', async () => {
    const { key } = await service.createKey();
    await service.commands.execute(
      new ScheduleDeletionCommand(service.call('ScheduleDeletion'), {
        key: id(key.keyId),
        version: null,
        windowDays: 7,
      }),
    );
    service.app.get(Holds).raise({ kind: 'clock', stops: 'destruction', findings: ['a test says so'] });
    await daysPass(10);
    expect(await eventsOf(key.keyId)).not.toContain('DestructionStarted');
    service.app.get(Holds).release('clock');
    await tick();
    expect(await eventsOf(key.keyId)).toContain('MaterialDestroyed');
  });

  it('does not rotate a disabled key', async () => {
    const { key } = await service.createKey();
    await rotateEvery(key.keyId, 30);
    await service.commands.execute(
      new DisableKeyCommand(service.call('DisableKey'), { key: id(key.keyId), version: null }),
    );
    service.parts.clock.advance(40 * DAY);
    await tick();
    expect(await eventsOf(key.keyId)).not.toContain('VersionRotated');
  });

  it('notifies and expires a version as its policy says; it then protects no more', async () => {
    const { key } = await service.createKey();
    await service.commands.execute(
      new SetRotationPolicyCommand(service.call('SetRotationPolicy'), {
        key: id(key.keyId),
        rotationPolicy: {
          enabled: false,
          lifetimeActions: [{ action: 'notify', timeBeforeExpiry: 'P10D' }],
          expiryTime: 'P60D',
        },
      }),
    );
    service.parts.clock.advance(51 * DAY);
    await tick();
    expect(await eventsOf(key.keyId)).toContain('ExpiryNotified');
    expect(await eventsOf(key.keyId)).not.toContain('VersionExpired');
    service.parts.clock.advance(10 * DAY);
    await tick();
    expect(await eventsOf(key.keyId)).toContain('VersionExpired');
  });
});
