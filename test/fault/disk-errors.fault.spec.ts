import { CreateKeyCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { notRun } from '../support/external.js';
import { Pool } from '../servers/pool.js';
import { BadDisk, type PlantedFault } from './disk/bad-disk.js';
import { recordsPerRequest } from './records.js';

/** /proc tells the preloaded code which file a descriptor is. */
const onLinux = process.platform === 'linux';
if (!onLinux) notRun('disk faults', 'faults are planted by path, which needs /proc');
const suite = onLinux ? describe : describe.skip;

const CALLS = 200;
const RECOVERY_WITHIN_MS = 20_000;

suite('a disk that fails under the running service', () => {
  let disk: BadDisk;
  let pool: Pool;
  let keyId: string;
  /** Request ids of every call that was answered with success. */
  const served: string[] = [];

  beforeAll(async () => {
    disk = await BadDisk.start();
    pool = new Pool(disk.server, 64);
    keyId = (await disk.server.kmsClient().send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  }, 60_000);
  afterAll(async () => {
    pool.close();
    await disk.dispose();
  });

  const readiness = async (): Promise<number> => (await fetch(`${disk.server.url}/health/ready`)).status;

  /** Many at once. @returns how often each answer came */
  async function encryptAtOnce(calls: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    const body = JSON.stringify({ KeyId: keyId, Plaintext: 'aGVsbG8=' });
    await Promise.all(
      Array.from({ length: calls }, async () => {
        const { status, headers, body: text } = await pool.call('Encrypt', body);
        const outcome = `${status} ${(JSON.parse(text) as { __type?: string }).__type ?? ''}`.trim();
        counts[outcome] = (counts[outcome] ?? 0) + 1;
        if (status === 200) served.push(String(headers['x-amzn-requestid']));
      }),
    );
    return counts;
  }

  async function recovered(): Promise<void> {
    const deadline = Date.now() + RECOVERY_WITHIN_MS;
    for (;;) {
      const counts = await encryptAtOnce(1);
      if (counts['200'] === 1 && (await readiness()) === 200) return;
      if (Date.now() > deadline)
        throw new Error(`not recovered: ${JSON.stringify(counts)}\n${disk.server.output.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const journalFaults: PlantedFault[] = [
    { operations: ['sync'], place: 'journal', code: 'EIO' },
    { operations: ['write'], place: 'journal', code: 'EIO' },
    { operations: ['write', 'open'], place: 'journal', code: 'ENOSPC' },
    { operations: ['write', 'open'], place: 'journal', code: 'EROFS' },
    { operations: ['open', 'write', 'sync'], place: 'journal', code: 'EACCES' },
  ];

  //
  it.each(journalFaults)(
    'answers nothing without a record when the journal meets $code on $operations, says so, and recovers without help',
    async (fault) => {
      expect(await encryptAtOnce(CALLS)).toEqual({ '200': CALLS });
      await disk.plant(fault);
      // Whatever was under way when the disk broke, then everything after it.
      await encryptAtOnce(CALLS);
      const broken = await encryptAtOnce(CALLS);
      expect(broken['200'] ?? 0).toBe(0);
      for (const outcome of Object.keys(broken))
        expect(outcome).toMatch(/^(500 KeyUnavailableException|400 ThrottlingException)$/);
      expect(await readiness()).toBe(503);
      // Changes stop as well: nothing is changed without its record.
      await expect(disk.server.kmsClient().send(new CreateKeyCommand({}))).rejects.toMatchObject({
        name: 'KeyUnavailableException',
        message: expect.stringMatching(/journal/i) as string,
      });
      expect(disk.server.logs.some(({ level, message }) => level === 'error' && /journal/i.test(message))).toBe(true);
      await disk.heal();
      await recovered();
      expect(await encryptAtOnce(CALLS)).toEqual({ '200': CALLS });
    },
    60_000,
  );

  it('refuses changes while the anchor cannot be written, goes on serving key use, and recovers without help', async () => {
    await disk.plant({ operations: ['open', 'write', 'sync'], place: 'anchor', code: 'EIO' });
    const kms = disk.server.kmsClient();
    await expect(kms.send(new CreateKeyCommand({}))).rejects.toMatchObject({
      name: 'KeyUnavailableException',
      message: expect.stringMatching(/anchor/i) as string,
    });
    expect(await readiness()).toBe(503);
    await expect(kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }))).resolves.toBeDefined();
    await disk.heal();
    await recovered();
    await expect(kms.send(new CreateKeyCommand({}))).resolves.toBeDefined();
  }, 60_000);

  it('has one record for each call that was answered with success in all that time', async () => {
    const counts = await recordsPerRequest(disk.server, 'operation=Encrypt');
    expect(served.length).toBeGreaterThan(journalFaults.length * 2 * CALLS);
    expect(served.filter((requestId) => counts.get(requestId) !== 1)).toEqual([]);
  }, 60_000);
});
