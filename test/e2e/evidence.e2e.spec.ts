import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { startTestServer, type TestServer } from '@claviger/testing';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(() => server.dispose());

const ALIAS = encodeURIComponent('alias/evidence');

describe('what the service can tell of a key afterwards', () => {
  it('shows versions in exactly the JSON of R-90, the past at ?at=, the history in words, and who decrypted', async () => {
    const kms = server.kmsClient();
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: 'evidence' }));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/evidence', TargetKeyId: KeyId }));
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId, Plaintext: new Uint8Array([1]), EncryptionContext: { order: '4711' } }),
    );
    const created = await server.admin('GET', `/api/v1/keys/${ALIAS}`);
    const before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { order: '4711' } }));

    //
    const versions = await server.admin('GET', `/api/v1/keys/${ALIAS}/versions`);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const nothing = { last_rotated: null, rotated_from: null, rotation_scheduled: null };
    expect(versions.body).toEqual({
      key_id: KeyId,
      versions: [
        { ...nothing, version: 1, created_at: time, status: 'pending_retirement', last_used: time },
        {
          version: 2,
          created_at: time,
          status: 'active',
          last_rotated: time,
          rotated_from: 1,
          last_used: null,
          rotation_scheduled: null,
        },
      ],
    });

    const then = await server.admin('GET', `/api/v1/keys/${ALIAS}?at=${before}`);
    const now = await server.admin('GET', `/api/v1/keys/${ALIAS}?at=${new Date().toISOString()}`);
    expect(then.status).toBe(200);
    expect(JSON.stringify(then.body)).toContain('"activeVersion":1');
    expect(JSON.stringify(now.body)).toContain('"activeVersion":2');
    expect(created.headers.get('etag')).toBe('"0"');

    const history = await server.admin('GET', `/api/v1/keys/${ALIAS}/history`);
    const { items } = history.body as { items: { type: string; summary: string; actorName: string }[] };
    expect(items.map(({ type }) => type)).toEqual(['KeyCreated', 'VersionRotated', 'PendingRetirement']);
    for (const { summary, actorName } of items) {
      expect(summary.length).toBeGreaterThan(10);
      expect(actorName).toBe('administrator');
    }

    // who decrypted what, when, from where
    const found = await server.admin('GET', `/api/v1/audit?key=${ALIAS}&operation=Decrypt&context.order=4711`);
    const decrypts = (found.body as { items: Record<string, unknown>[] }).items;
    expect(decrypts).toHaveLength(1);
    expect(JSON.stringify(decrypts[0])).toContain('127.0.0.1');
    const other = await server.admin('GET', `/api/v1/audit?key=${ALIAS}&operation=Decrypt&context.order=4712`);
    expect((other.body as { items: unknown[] }).items).toHaveLength(0);
  }, 60_000);
});
