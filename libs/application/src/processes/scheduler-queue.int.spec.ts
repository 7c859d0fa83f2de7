import { keyStream } from '@claviger/domain';
import { JobQueue, JobQueueUnavailable } from '@claviger/ports';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { type MemoryService, memoryService } from '../../../../test/support/memory-service.js';
import { DisableKeyCommand } from '../change/disable-key.js';
import { SetRotationPolicyCommand } from '../change/set-rotation-policy.js';
import { DueWork } from './jobs/due-work.js';
import { Scheduler } from './scheduler.js';

const DAY = 24 * 3_600_000;
const MINUTE = 60_000;

let service: MemoryService;
let scheduler: Scheduler;
let key: string;
beforeEach(async () => {
  service = await memoryService();
  scheduler = service.app.get(Scheduler);
  key = (await service.createKey()).key.keyId;
  await service.commands.execute(
    new SetRotationPolicyCommand(service.call('SetRotationPolicy'), {
      key: { kind: 'id', keyId: key },
      rotationPolicy: {
        enabled: true,
        lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P30D' }],
        expiryTime: null,
      },
    }),
  );
  service.parts.clock.jump(30 * DAY + MINUTE);
});
afterEach(() => service.close());

const work = (): void => service.parts.jobs.work(async (id) => void (await service.app.get(DueWork).run(id)));
const rotations = async (): Promise<number> =>
  (await service.parts.store.readStream(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, key), 0, 500)).filter(
    ({ type }) => type === 'VersionRotated',
  ).length;
const metric = (name: string): string | undefined =>
  service.parts.metrics
    .render()
    .split('\n')
    .find((line) => line.startsWith(`${name} `));
const logged = (text: string): number => service.parts.log.filter((line) => line.includes(text)).length;
async function passes(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    service.parts.clock.advance(MINUTE);
    await scheduler.tick();
    await service.parts.jobs.settled();
  }
}
const jobId = (): string => `rotate-${SAMPLE_ACCOUNT}-${SAMPLE_REGION}-${key}-v1`;

describe('the scheduler and its queue', () => {
  it('asks for a job by its id and does nothing itself', async () => {
    await scheduler.tick();
    await scheduler.tick();
    expect(await service.parts.jobs.list('waiting', 0, 10)).toEqual([expect.objectContaining({ id: jobId() })]);
    expect([await rotations(), metric('claviger_jobs_waiting')]).toEqual([0, 'claviger_jobs_waiting 1']);
    work();
    await service.parts.jobs.settled();
    expect(await rotations()).toBe(1);
  });

  it('does itself, once, what a queue has let lie for an hour', async () => {
    // Nobody works on this queue.
    await passes(59);
    expect(await rotations()).toBe(0);
    await passes(3);
    expect([await rotations(), logged('asked for in vain')]).toEqual([1, 1]);
    // Whoever takes the job now finds nothing to do.
    work();
    await service.parts.jobs.settled();
    expect(await rotations()).toBe(1);
  });

  it('does itself what a queue that cannot be reached cannot be asked for, and says so once', async () => {
    const { jobs } = service.parts;
    const gone = (): Promise<never> => Promise.reject(new JobQueueUnavailable('unreachable', 'nobody is there'));
    const enqueue = jest.spyOn(jobs, 'enqueue').mockImplementation(gone);
    await passes(10);
    expect([await rotations(), logged('the job queue does not answer')]).toEqual([0, 1]);
    expect(metric('claviger_job_queue_up')).toBe('claviger_job_queue_up 0');
    await passes(52);
    expect(await rotations()).toBe(1);
    enqueue.mockRestore();
    await passes(1);
    expect([metric('claviger_job_queue_up'), logged('the job queue answers again')]).toEqual([
      'claviger_job_queue_up 1',
      1,
    ]);
  });

  it('tries itself once an hour what keeps failing, while the dead job raises the alert', async () => {
    const generate = jest.spyOn(service.parts.hsm, 'generate').mockRejectedValue(new Error('the device is gone'));
    work();
    await passes(150);
    expect(metric('claviger_jobs_dead')).toBe('claviger_jobs_dead 1');
    generate.mockClear();
    await passes(120);
    expect(generate.mock.calls.length).toBe(2);
    // The device is back: done within the hour, and the dead job goes by itself.
    generate.mockRestore();
    await passes(61);
    expect(await rotations()).toBe(1);
    await passes(1);
    await passes(1);
    expect(metric('claviger_jobs_dead')).toBe('claviger_jobs_dead 0');
  });

  it('lets go of a dead job that is not due any more', async () => {
    jest.spyOn(service.parts.hsm, 'generate').mockRejectedValue(new Error('the device is gone'));
    work();
    await passes(150);
    expect((await service.parts.jobs.counts()).dead).toBe(1);
    const input = { key: { kind: 'id', keyId: key } as const, version: null };
    await service.commands.execute(new DisableKeyCommand(service.call('DisableKey'), input));
    await passes(1);
    expect(await service.parts.jobs.counts()).toEqual({ waiting: 0, running: 0, dead: 0 });
    expect(await rotations()).toBe(0);
  });

  it('keeps the dead job of a key whose record does not verify, and with it the alert', async () => {
    work();
    service.parts.keyState.condemn(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, key), 'event 0 does not verify');
    await service.parts.jobs.enqueue([jobId()]);
    await passes(150);
    expect((await service.parts.jobs.counts()).dead).toBe(1);
    const retry = jest.spyOn(service.parts.jobs, 'retry');
    await passes(5);
    expect([retry.mock.calls, metric('claviger_jobs_dead')]).toEqual([[], 'claviger_jobs_dead 1']);
  });

  it('tells once of a key whose record does not verify, and goes on with the others', async () => {
    const other = (await service.createKey()).key.keyId;
    await service.commands.execute(
      new SetRotationPolicyCommand(service.call('SetRotationPolicy'), {
        key: { kind: 'id', keyId: other },
        rotationPolicy: {
          enabled: true,
          lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P30D' }],
          expiryTime: null,
        },
      }),
    );
    service.parts.clock.jump(31 * DAY);
    service.parts.keyState.condemn(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, key), 'event 0 does not verify');
    await passes(3);
    expect(logged('what is due of a key cannot be told')).toBe(1);
    const waiting = await service.parts.jobs.list('waiting', 0, 10);
    expect(waiting.map(({ id }) => id)).toEqual([expect.stringContaining(other)]);
  });

  it('hands the queue of its profile to whoever asks', () => {
    expect(service.app.get(JobQueue)).toBe(service.parts.jobs);
  });
});
