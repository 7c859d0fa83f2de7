import { keyStream } from '@claviger/domain';
import { HsmUnavailable } from '@claviger/ports';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { type MemoryService, memoryService } from '../../../../../test/support/memory-service.js';
import { RotateKeyCommand } from '../../change/rotate-key.js';
import { ScheduleDeletionCommand } from '../../change/schedule-deletion.js';
import { SetRotationPolicyCommand } from '../../change/set-rotation-policy.js';
import { Holds } from '../holds.js';
import { DueWork, JobFailed } from './due-work.js';

const DAY = 24 * 3_600_000;

let service: MemoryService;
let work: DueWork;
let key: string;
beforeEach(async () => {
  service = await memoryService();
  work = service.app.get(DueWork);
  key = (await service.createKey()).key.keyId;
});
afterEach(() => service.close());

const named = (): { kind: 'id'; keyId: string } => ({ kind: 'id', keyId: key });
const job = (type: string, version?: number, keyId = key, account = SAMPLE_ACCOUNT, region = SAMPLE_REGION): string =>
  `${type}-${account}-${region}-${keyId}${version === undefined ? '' : `-v${version}`}`;
const eventsOf = async (): Promise<readonly string[]> =>
  (await service.parts.store.readStream(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, key), 0, 500)).map(({ type }) => type);
const rotations = async (): Promise<number> => (await eventsOf()).filter((type) => type === 'VersionRotated').length;
const rotateEvery = (days: number): Promise<unknown> =>
  service.commands.execute(
    new SetRotationPolicyCommand(service.call('SetRotationPolicy'), {
      key: named(),
      rotationPolicy: {
        enabled: true,
        lifetimeActions: [{ action: 'rotate', timeAfterCreate: `P${days}D` }],
        expiryTime: null,
      },
    }),
  );

/** Position of the store and length of the journal: what nothing may move that changes nothing. */
const marks = async (): Promise<readonly unknown[]> => [await service.parts.store.head(), service.parts.journal.head()];

describe('a job', () => {
  it('does what is due, once, and nothing the second time', async () => {
    await rotateEvery(30);
    service.parts.clock.jump(31 * DAY);
    expect(await work.run(job('rotate', 1))).toBe('done');
    const after = await marks();
    expect(await work.run(job('rotate', 1))).toBe('nothing');
    expect([await rotations(), await marks()]).toEqual([1, after]);
  });

  it('that runs twice at the same time rotates once, to one and the same material', async () => {
    await rotateEvery(30);
    service.parts.clock.jump(31 * DAY);
    await Promise.all(Array.from({ length: 5 }, () => work.run(job('rotate', 1))));
    expect(await rotations()).toBe(1);
    expect(await service.parts.hsm.list('', 10)).toHaveLength(2);
  });

  it('that comes late, after somebody rotated by hand, changes nothing', async () => {
    await rotateEvery(30);
    service.parts.clock.jump(10 * DAY);
    await service.commands.execute(
      new RotateKeyCommand(service.call('RotateKey'), { key: named(), spec: null, trigger: 'on_demand' }),
    );
    service.parts.clock.jump(21 * DAY);
    // The rotation is due, but not that of version 1.
    const before = await marks();
    expect(await work.run(job('rotate', 1))).toBe('nothing');
    expect(await marks()).toEqual(before);
    expect(await work.run(job('rotate', 2))).toBe('done');
  });

  it('destroys in one run: started, erased, recorded', async () => {
    const input = { key: named(), version: null, windowDays: 7 };
    await service.commands.execute(new ScheduleDeletionCommand(service.call('ScheduleDeletion'), input));
    expect(await work.run(job('destroy'))).toBe('nothing');
    service.parts.clock.advance(7 * DAY - 3_600_000);
    expect(await work.run(job('destroy'))).toBe('nothing');
    for (let day = 0; day < 2; day += 1) service.parts.clock.advance(DAY);
    expect(await work.run(job('destroy'))).toBe('done');
    expect((await eventsOf()).slice(-2)).toEqual(['DestructionStarted', 'MaterialDestroyed']);
  });

  it.each([
    ['for a key that is not due', () => job('rotate', 1)],
    ['for a version that does not exist', () => job('rotate', 9)],
    ['to destroy a key that nobody wants destroyed', () => job('destroy')],
    ['to expire a version without a limit', () => job('expire', 1)],
    ['for a key that does not exist', () => job('rotate', 1, '0198a000-0000-8000-8000-000000000001')],
    ['for a key under another account', () => job('rotate', 1, key, '999999999999')],
    ['for a key in another Region', () => job('rotate', 1, key, SAMPLE_ACCOUNT, 'eu-central-1')],
  ])('%s changes nothing and leaves no record', async (_, forged) => {
    const before = await marks();
    expect(await work.run(forged())).toBe('nothing');
    expect(await marks()).toEqual(before);
  });

  it.each(['', 'rotate', 'DROP', 'rotate-\u0000', '{"id":1}', 'x'.repeat(100_000)])(
    'whose id is none is refused: %.20j',
    async (text) => {
      const before = await marks();
      expect(await work.run(text)).toBe('refused');
      expect(await marks()).toEqual(before);
    },
  );

  it('that is refused is told once a minute, and counted each time', async () => {
    for (let tries = 0; tries < 50; tries += 1) await work.run(`nonsense-${tries}-${'x'.repeat(500)}`);
    const told = service.parts.log.filter((line) => line.includes('a job was refused'));
    expect(told).toHaveLength(1);
    expect(String(told[0]).length).toBeLessThan(400);
    expect(service.parts.metrics.render()).toContain('claviger_jobs_total{type="unknown",result="refused"} 50');
    service.parts.clock.advance(60_000);
    await work.run('nonsense');
    expect(service.parts.log.filter((line) => line.includes('a job was refused'))).toHaveLength(2);
  });

  it('does not run while the data is older than its anchor', async () => {
    await rotateEvery(30);
    service.parts.clock.jump(31 * DAY);
    service.app.get(Holds).raise({ kind: 'anchor', stops: 'use', findings: ['a test says so'] });
    expect(await work.run(job('rotate', 1))).toBe('nothing');
    expect(await rotations()).toBe(0);
  });

  it('fails, to be tried again, on a record that does not verify', async () => {
    await rotateEvery(30);
    service.parts.clock.jump(31 * DAY);
    service.parts.keyState.condemn(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, key), 'event 0 does not verify');
    await expect(work.run(job('rotate', 1))).rejects.toThrow(JobFailed);
    expect(service.parts.metrics.render()).toContain('claviger_jobs_total{type="rotate",result="failure"} 1');
  });

  it('fails with a sentence that says nothing of what is inside', async () => {
    await rotateEvery(30);
    service.parts.clock.jump(31 * DAY);
    service.parts.hsm.generate = () => Promise.reject(new HsmUnavailable('slot 7, PIN 1234'));
    await expect(work.run(job('rotate', 1))).rejects.toThrow(/^The HSM is unavailable\.$/);
    service.parts.keyState.toHead = () => Promise.reject(new Error('password=hunter2'));
    await expect(work.run(job('rotate', 1))).rejects.toThrow(
      /^It failed unexpectedly; the log of the service says how\.$/,
    );
  });
});
