import { CreateKeyCommand, DescribeKeyCommand, EncryptCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { startServerWithClock } from './start-with-clock.js';

const DAY = 24 * 60 * 60 * 1000;

describe('a whole server on a clock that the test moves', () => {
  it('lets weeks pass in seconds, with heartbeats that keep the clock believed, and the scheduler at work', async () => {
    await using running = await startServerWithClock();
    const { KeyMetadata } = await running.kmsClient().send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId;
    await running.kmsClient().send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    const before = running.now;
    await running.advance(6 * DAY);
    expect(running.now - before).toBeGreaterThanOrEqual(6 * DAY);
    const found = await running.kmsClient().send(new DescribeKeyCommand({ KeyId }));
    expect(found.KeyMetadata?.KeyState).toBe('PendingDeletion');
    await running.advance(1.1 * DAY);
    const deadline = Date.now() + 20_000;
    for (;;) {
      const { body } = await running.server.admin('GET', `/api/v1/keys/${KeyId}`);
      if ((body as { state?: string }).state === 'Deleted') break;
      expect(Date.now()).toBeLessThan(deadline);
      await running.advance(15_000);
    }
    expect(running.server.logs.filter(({ message }) => message.startsWith('ALERT'))).toEqual([]);
  }, 120_000);

  it('shows a downtime to the server that is started again: a day and more is not believed', async () => {
    await using running = await startServerWithClock();
    await running.kmsClient().send(new CreateKeyCommand({}));
    await running.restartAfter(2 * DAY);
    expect(running.server.logs.some(({ message }) => /clock is not believed/.test(message))).toBe(true);
  }, 120_000);

  it('dies at the armed call of a port, and only there', async () => {
    await using running = await startServerWithClock();
    const { KeyMetadata } = await running.kmsClient().send(new CreateKeyCommand({}));
    await running.arm({ point: 'hsm.use', when: 'before', nth: 2 });
    const encrypt = () =>
      running.kmsClient().send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x') }));
    await expect(encrypt()).resolves.toBeDefined();
    await expect(encrypt()).rejects.toThrow();
    expect(await running.server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  }, 120_000);
});
