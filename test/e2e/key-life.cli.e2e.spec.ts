import { RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { awsCliVersion, startTestServer, type TestServer } from '@claviger/testing';
import { requireExternal } from '../support/external.js';

const version = awsCliVersion();
const describeCli = requireExternal('aws-cli', version, 'Debian package awscli (2.9) at /usr/bin/aws');

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(() => server.dispose());

async function aws(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await server.awsCli(['kms', ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

describeCli("one key, through Debian's AWS CLI", () => {
  it('lives its whole life', async () => {
    const created = await aws(
      'create-key',
      '--description',
      'prod/customer-data-kek',
      '--key-usage',
      'ENCRYPT_DECRYPT',
      '--customer-master-key-spec',
      'SYMMETRIC_DEFAULT',
    );
    const { KeyId: keyId } = created['KeyMetadata'] as { KeyId: string };
    await aws('create-alias', '--alias-name', 'alias/prod-customer-data-kek', '--target-key-id', keyId);
    const plaintext = Buffer.from('hello').toString('base64');
    const encrypted = await aws('encrypt', '--key-id', 'alias/prod-customer-data-kek', '--plaintext', plaintext);
    const decrypt = ['decrypt', '--ciphertext-blob', String(encrypted['CiphertextBlob'])];
    const dataKey = await aws('generate-data-key', '--key-id', keyId, '--key-spec', 'AES_256');
    expect(Buffer.from(String(dataKey['Plaintext']), 'base64')).toHaveLength(32);

    await server.kmsClient().send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    expect((await aws(...decrypt))['Plaintext']).toBe(plaintext);

    await aws('disable-key', '--key-id', keyId);
    await expect(aws(...decrypt)).rejects.toThrow('DisabledException');
    await aws('enable-key', '--key-id', keyId);
    await aws('schedule-key-deletion', '--key-id', keyId, '--pending-window-in-days', '7');
    await expect(aws(...decrypt)).rejects.toThrow('KMSInvalidStateException');
    await aws('cancel-key-deletion', '--key-id', keyId);
    await aws('enable-key', '--key-id', keyId);
    expect((await aws(...decrypt))['Plaintext']).toBe(plaintext);
  }, 120_000);
});
