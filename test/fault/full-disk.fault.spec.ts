import { CreateKeyCommand, EncryptCommand, type KMSClient, paginateListKeys } from '@aws-sdk/client-kms';
import { startTestServer, type TestServer } from '@claviger/testing';
import { notRun, ranAgainst } from '../support/external.js';
import { Pool } from '../servers/pool.js';
import { SmallDisk } from './disk/small-disk.js';
import { shortOrLong } from './length.js';
import { recordsPerRequest } from './records.js';

/** Two journal segments, the databases and some room. */
const MEGABYTES = 256;
/** SQLite has some room of its own before it needs more of the disk. */
const MOST_CREATIONS = 5_000;
const RECOVERY_WITHIN_MS = 30_000;

const disk = SmallDisk.mount(MEGABYTES);
if (disk === undefined) notRun('full disk', 'mounting a tmpfs needs root on Linux');
else ranAgainst('full disk', `tmpfs of ${MEGABYTES} MB`);
const suite = disk === undefined ? describe.skip : describe;

suite('a full disk', () => {
  const full = disk as SmallDisk;
  let server: TestServer;
  let kms: KMSClient;
  const created: { keyId: string; requestId: string }[] = [];

  beforeAll(async () => {
    server = await startTestServer({ folder: full.folder });
    kms = server.kmsClient();
  }, 60_000);
  afterAll(async () => {
    await server.dispose();
    full.unmount();
  });

  async function create(): Promise<string> {
    try {
      const { KeyMetadata, $metadata } = await kms.send(new CreateKeyCommand({}));
      created.push({ keyId: KeyMetadata?.KeyId ?? '', requestId: $metadata.requestId ?? '' });
      return 'created';
    } catch (error) {
      return error instanceof Error ? error.name : String(error);
    }
  }

  async function keyIds(): Promise<string[]> {
    const found: string[] = [];
    for await (const page of paginateListKeys({ client: kms, pageSize: 1000 }, {}))
      for (const { KeyId = '' } of page.Keys ?? []) found.push(KeyId);
    return found.sort();
  }

  async function createsAgain(): Promise<void> {
    const deadline = Date.now() + RECOVERY_WITHIN_MS;
    for (let outcome = await create(); outcome !== 'created'; outcome = await create()) {
      if (Date.now() > deadline) throw new Error(`still ${outcome}\n${server.output.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  //
  it('makes changes fail with a clear error and leaves nothing half there', async () => {
    for (let index = 0; index < 20; index += 1) expect(await create()).toBe('created');
    full.fill();
    let outcome = 'created';
    for (let index = 0; index < MOST_CREATIONS && outcome === 'created'; index += 1) outcome = await create();
    expect(outcome).toBe('KeyUnavailableException');
    expect(await create()).toBe('KeyUnavailableException');
    expect(server.running).toBe(true);
    // Reading goes on, and shows what was acknowledged.
    expect(await keyIds()).toEqual(created.map(({ keyId }) => keyId).sort());
  }, 120_000);

  it('heals without help once there is room again, with every acknowledged key whole and on record', async () => {
    full.free();
    await createsAgain();
    expect(await keyIds()).toEqual(created.map(({ keyId }) => keyId).sort());
    for (const { keyId } of created.slice(-20)) {
      await expect(kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }))).resolves.toBeDefined();
    }
    const counts = await recordsPerRequest(server, 'operation=CreateKey');
    expect(created.filter(({ requestId }) => counts.get(requestId) !== 1)).toEqual([]);
  }, 120_000);

  it('starts again after a kill on the full disk, as soon as there is room, with everything there', async () => {
    full.fill();
    await create();
    await server.kill();
    server.launch({ CLAVIGER_PORT: new URL(server.url).port });
    // It starts, or it says why it cannot; either way nothing is lost.
    await Promise.race([server.exited, new Promise((resolve) => setTimeout(resolve, 5_000))]);
    if (!server.running) expect(server.output).toMatch(/full|ENOSPC|no space|room/i);
    await server.kill();
    full.free();
    await server.restart();
    kms = server.kmsClient();
    await createsAgain();
    expect(await keyIds()).toEqual(created.map(({ keyId }) => keyId).sort());
  }, 120_000);

  // The journal writes into space that it took beforehand: it takes some hundred thousand calls until it needs more.
  const inFull = shortOrLong(0, 1) === 1 ? it : null;
  inFull?.(
    'stops key use before a call would go without its record, and goes on once there is room',
    async () => {
      const pool = new Pool(server, 64);
      const keyId = created.at(-1)?.keyId;
      const body = JSON.stringify({ KeyId: keyId, Plaintext: 'aGVsbG8=' });
      full.fill();
      const served: string[] = [];
      let refused = 0;
      const deadline = Date.now() + 300_000;
      while (refused === 0 && Date.now() < deadline) {
        const answers = await Promise.all(Array.from({ length: 256 }, () => pool.call('Encrypt', body)));
        for (const { status, headers } of answers) {
          if (status === 200) served.push(String(headers['x-amzn-requestid']));
          else refused += 1;
        }
      }
      expect(refused).toBeGreaterThan(0);
      full.free();
      for (;;) {
        const { status } = await pool.call('Encrypt', body);
        if (status === 200) break;
        if (Date.now() > deadline) throw new Error('not recovered');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const counts = await recordsPerRequest(server, `operation=Encrypt&key=${keyId}`);
      expect(served.filter((requestId) => counts.get(requestId) !== 1)).toEqual([]);
      pool.close();
    },
    600_000,
  );
});
