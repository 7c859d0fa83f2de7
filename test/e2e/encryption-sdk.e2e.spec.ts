import { buildClient, CommitmentPolicy, getClient, KMS, KmsKeyringNode } from '@aws-crypto/client-node';
import { startTestServer, type TestServer } from '@claviger/testing';
import { CreateKeyCommand } from '@aws-sdk/client-kms';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(() => server.dispose());

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);

describe('the AWS Encryption SDK', () => {
  it('wraps and unwraps its data keys here, with context, for two keys at once', async () => {
    const kms = server.kmsClient();
    const arns: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      arns.push(KeyMetadata?.Arn ?? '');
    }
    const [generatorKeyId = '', second = ''] = arns;
    const clientProvider = getClient(KMS, { endpoint: server.url, credentials: server.credentials });
    const keyring = new KmsKeyringNode({ clientProvider, generatorKeyId, keyIds: [second] });
    const context = { purpose: 'e2e', origin: 'test' };
    const { result } = await encrypt(keyring, 'a longer text, '.repeat(500), { encryptionContext: context });
    // Either key alone opens it.
    for (const keyId of arns) {
      const one = new KmsKeyringNode({ clientProvider, keyIds: [keyId] });
      const { plaintext, messageHeader } = await decrypt(one, result);
      expect(plaintext.toString('utf8')).toBe('a longer text, '.repeat(500));
      expect(messageHeader.encryptionContext).toMatchObject(context);
    }
    const discovery = new KmsKeyringNode({ clientProvider, discovery: true });
    expect((await decrypt(discovery, result)).plaintext.length).toBeGreaterThan(0);
  }, 60_000);
});
