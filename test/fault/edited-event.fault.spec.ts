import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { startTestServer, type TestServer } from '@claviger/testing';

const NOTICED_WITHIN_MS = 10_000;
const UNAVAILABLE = { name: 'KeyUnavailableException' };

/** What somebody with write access to the database may try. `:stream` is the stream of the key's events. */
const edits: readonly (readonly [string, string])[] = [
  [
    'a letter of the data of its first event',
    "UPDATE events SET data=replace(data,'SYMMETRIC_DEFAULT','SYMMETRIC_DEFAULU') WHERE stream=:stream AND revision=0",
  ],
  [
    'the time of an event',
    'UPDATE events SET metadata=replace(metadata,\'"occurredAt":"2\',\'"occurredAt":"1\') WHERE stream=:stream AND revision=1',
  ],
  ['the type of its last event', "UPDATE events SET type='Enabled' WHERE stream=:stream AND revision=1"],
  ['the MAC of its last event', 'UPDATE events SET mac=zeroblob(32) WHERE stream=:stream AND revision=1'],
  ['its last event, taken away', 'DELETE FROM events WHERE stream=:stream AND revision=1'],
  [
    'its first event, put in place of the last',
    'UPDATE events SET (type,data,metadata,mac)=(SELECT type,data,metadata,mac FROM events WHERE stream=:stream AND revision=0) WHERE stream=:stream AND revision=1',
  ],
];

//
describe('an event edited in the database', () => {
  let server: TestServer;
  let kms: KMSClient;

  beforeAll(async () => {
    server = await startTestServer();
    kms = server.kmsClient();
  }, 60_000);
  afterAll(() => server.dispose());

  /** A key that was disabled: two events. */
  async function disabledKey(): Promise<string> {
    const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    await kms.send(new DisableKeyCommand({ KeyId }));
    return KeyId;
  }

  async function usedKey(): Promise<{ keyId: string; blob: Uint8Array }> {
    const keyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    const { CiphertextBlob = new Uint8Array() } = await kms.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('kept') }),
    );
    return { keyId, blob: CiphertextBlob };
  }

  function edit(keyId: string, sql: string): void {
    using db = new DatabaseSync(join(server.data, 'events.db'), { timeout: 5_000 });
    const stream = db.prepare("SELECT id FROM streams WHERE name LIKE 'key-%' || ?").get(keyId)?.['id'];
    const { changes } = db.prepare(sql).run({ stream: Number(stream) });
    expect(Number(changes)).toBe(1);
  }

  async function expectClosed(keyId: string): Promise<void> {
    await expect(kms.send(new DescribeKeyCommand({ KeyId: keyId }))).rejects.toMatchObject(UNAVAILABLE);
    await expect(kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }))).rejects.toMatchObject(
      UNAVAILABLE,
    );
    const alerts = server.logs.filter(
      ({ message, stream }) => message.startsWith('ALERT') && String(stream).endsWith(keyId),
    );
    expect(alerts.length).toBeGreaterThan(0);
  }

  it.each(edits)(
    'puts its key out of use after a restart, with an alert, and no other key: %s',
    async (_, sql) => {
      const edited = await disabledKey();
      const other = await usedKey();
      await server.stop();
      edit(edited, sql);
      await server.restart();
      kms = server.kmsClient();
      await expectClosed(edited);
      const { Plaintext = [] } = await kms.send(new DecryptCommand({ CiphertextBlob: other.blob }));
      expect(Buffer.from(Plaintext).toString()).toBe('kept');
      await expect(
        kms.send(new EncryptCommand({ KeyId: other.keyId, Plaintext: Buffer.from('x') })),
      ).resolves.toBeDefined();
    },
    60_000,
  );

  it('puts its key out of use within seconds while the service runs', async () => {
    const edited = await usedKey();
    const other = await usedKey();
    edit(
      edited.keyId,
      "UPDATE events SET data=replace(data,'SYMMETRIC_DEFAULT','SYMMETRIC_DEFAULU') WHERE stream=:stream AND revision=0",
    );
    const deadline = Date.now() + NOTICED_WITHIN_MS;
    for (;;) {
      const outcome = await kms.send(new DecryptCommand({ CiphertextBlob: edited.blob })).then(
        () => 'served',
        (error: Error) => error.name,
      );
      if (outcome === UNAVAILABLE.name) break;
      if (Date.now() > deadline) throw new Error(`still ${outcome} after ${NOTICED_WITHIN_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await expectClosed(edited.keyId);
    await expect(kms.send(new DecryptCommand({ CiphertextBlob: other.blob }))).resolves.toBeDefined();
  }, 60_000);

  it('does not come back by an edited row of the read model: the key stays out of use', async () => {
    const edited = await disabledKey();
    await server.stop();
    {
      using db = new DatabaseSync(join(server.data, 'state.db'));
      const sql = `UPDATE keys SET body=replace(body,'"disabled":true','"disabled":false'), status='Enabled' WHERE key_id=?`;
      expect(Number(db.prepare(sql).run(edited).changes)).toBe(1);
    }
    await server.restart();
    kms = server.kmsClient();
    await expectClosed(edited);
  }, 60_000);
});
