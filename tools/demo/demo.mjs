// The whole life of one key, told step by step: through Debian's AWS CLI, and through the AWS SDK where that CLI is too old.
// Uses the service at CLAVIGER_URL with the AWS_* and CLAVIGER_TOKEN variables if they are set; else starts one of its own, in a folder
// that is removed afterwards. Ends with 1 if any step answers something else than it should.
import { DisabledException, KMSClient, KMSInvalidStateException, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { existsSync } from 'node:fs';
import { cli, narrator } from './narrator.mjs';
import { service } from './service.mjs';

const { step, fail, say, finish } = narrator();
const running = await service(say);
const { url, credentials, region, token } = running;
const environment = {
  ...process.env,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
  CLAVIGER_URL: url,
  CLAVIGER_TOKEN: token,
};
const aws = cli(
  '/usr/bin/aws',
  (args) => ['kms', ...args, '--endpoint-url', url, '--output', 'json'],
  environment,
  'aws kms',
);
const claviger = cli('npx', (args) => ['claviger', ...args], environment, 'claviger');
const alias = 'alias/prod-customer-data-kek';

try {
  if (!existsSync('/usr/bin/aws')) throw new Error('/usr/bin/aws is missing: apt-get install awscli');

  step('A key is made, with the arguments that AWS users know, the legacy spec included.');
  const created = aws.json(
    'create-key',
    '--description',
    'prod/customer-data-kek',
    '--key-usage',
    'ENCRYPT_DECRYPT',
    '--customer-master-key-spec',
    'SYMMETRIC_DEFAULT',
  );
  const { KeyId: keyId } = created.KeyMetadata;

  step('It gets a name.');
  aws.silent('create-alias', '--alias-name', alias, '--target-key-id', keyId);

  step('Something is encrypted under the name.');
  const plaintext = Buffer.from('4111 1111 1111 1111').toString('base64');
  const { CiphertextBlob: ciphertext } = aws.json(
    'encrypt',
    '--key-id',
    alias,
    '--plaintext',
    plaintext,
    '--encryption-context',
    'app=checkout',
  );

  step('A data key, in the clear and wrapped.');
  aws.json('generate-data-key', '--key-id', alias, '--key-spec', 'AES_256');

  step('The key is rotated on demand (by the SDK: this CLI is older than the call).');
  const client = new KMSClient({ endpoint: url, region, credentials });
  say(JSON.stringify((await client.send(new RotateKeyOnDemandCommand({ KeyId: keyId }))).KeyId));
  say(claviger.text('key', 'versions', keyId));

  const decrypt = ['decrypt', '--ciphertext-blob', ciphertext, '--encryption-context', 'app=checkout'];
  step('What was encrypted before the rotation still decrypts.');
  if (aws.json(...decrypt).Plaintext !== plaintext) fail('the plaintext differs');

  step('The key is disabled: decryption is refused.');
  aws.silent('disable-key', '--key-id', keyId);
  aws.refused(DisabledException.name, ...decrypt);

  step('It is enabled again.');
  aws.silent('enable-key', '--key-id', keyId);
  aws.json(...decrypt);

  step('Its deletion is scheduled: decryption is refused at once, long before the key is gone.');
  aws.json('schedule-key-deletion', '--key-id', keyId, '--pending-window-in-days', '7');
  aws.refused(KMSInvalidStateException.name, ...decrypt);

  step('The deletion is cancelled. The key comes back disabled, as in AWS, and is enabled.');
  aws.json('cancel-key-deletion', '--key-id', keyId);
  aws.silent('enable-key', '--key-id', keyId);
  aws.json(...decrypt);

  step('What happened to the key, in words.');
  say(claviger.text('key', 'history', alias));

  step('Who decrypted with it.');
  say(claviger.text('audit', 'search', '--key', alias, '--operation', 'Decrypt', '--since', '1h'));
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  await running.stop();
}
finish();
