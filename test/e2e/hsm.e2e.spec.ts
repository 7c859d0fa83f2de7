import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { awsCliVersion, TestServer } from '@claviger/testing';
import { findPkcs11Tool, findSoftHsm, SOFTHSM_REASON } from '../servers/softhsm/find.js';
import { PIN, PrivateToken } from '../servers/softhsm/token.js';
import { ServerWithClock } from '../servers/start-with-clock.js';
import { ranAgainst, requireExternal } from '../support/external.js';

const softHsm = findSoftHsm();
const tool = findPkcs11Tool();
const suite = requireExternal('softhsm', softHsm?.version, SOFTHSM_REASON);
const describeCli =
  softHsm === undefined || tool !== undefined
    ? requireExternal('aws-cli', awsCliVersion(), 'Debian package awscli (2.9) at /usr/bin/aws')
    : requireExternal('pkcs11-tool', undefined, 'pkcs11-tool is not there: Debian package opensc');

const DAY = 86_400_000;
const HSM_TAG = { TagKey: 'claviger:protection', TagValue: 'hsm' };
const bytes = (text: string): Uint8Array => Buffer.from(text);

const settingsOf = (token: PrivateToken): Record<string, string> => ({
  ...token.environment,
  CLAVIGER_PKCS11_MODULE: token.modulePath,
  CLAVIGER_PKCS11_TOKEN: token.label,
  CLAVIGER_PKCS11_PIN_FILE: token.pinFile,
  CLAVIGER_PKCS11_SESSIONS: '1',
});

/** What OpenSC's tool, which knows nothing of us, sees in the token. */
function inspect(
  token: PrivateToken,
  ...args: readonly string[]
): { readonly code: number | null; readonly text: string } {
  const all = ['--module', token.modulePath, '--token-label', token.label, '--login', '--pin', PIN, ...args];
  const run = spawnSync(tool ?? '', all, { encoding: 'utf8', env: { ...process.env, ...token.environment } });
  return { code: run.status, text: `${run.stdout}${run.stderr}` };
}

/** The description of each object of ours in the token, by its type and label. */
function objectsIn(token: PrivateToken, keyId: string): readonly string[] {
  const { code, text } = inspect(token, '--list-objects');
  if (code !== 0) throw new Error(text);
  return text.split(/\n(?=\S)/).filter((object) => object.includes(`claviger ${keyId} `));
}

suite('keys in a PKCS #11 token', () => {
  let token: PrivateToken;

  beforeEach(async () => {
    token = await PrivateToken.start({ here: false });
  }, 60_000);
  afterEach(() => token.stop());

  describeCli('through the AWS CLI', () => {
    let running: ServerWithClock;
    beforeEach(async () => {
      running = await ServerWithClock.start({ env: settingsOf(token) });
    }, 60_000);
    afterEach(() => running.dispose());

    async function aws(...args: readonly string[]): Promise<Record<string, unknown>> {
      const { code, stdout, stderr } = await running.server.awsCli(['kms', ...args]);
      if (code !== 0) throw new Error(stderr);
      return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
    }

    async function createKey(...args: readonly string[]): Promise<Record<string, unknown>> {
      const tags = ['--tags', `TagKey=${HSM_TAG.TagKey},TagValue=${HSM_TAG.TagValue}`];
      return (await aws('create-key', ...tags, ...args))['KeyMetadata'] as Record<string, unknown>;
    }

    it('live there from their creation to the end of their deletion window', async () => {
      ranAgainst('pkcs11-tool', tool ?? '');
      const key = await createKey();
      const keyId = String(key['KeyId']);
      expect(key).toMatchObject({ Origin: 'AWS_KMS', KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT' });
      expect(await aws('list-resource-tags', '--key-id', keyId)).toMatchObject({ Tags: [HSM_TAG] });

      // 1. Made there, and it never leaves.
      const [object = '', ...more] = objectsIn(token, keyId);
      expect(more).toEqual([]);
      expect(object).toMatch(/^Secret Key Object; AES length 32\n/);
      expect(object).toMatch(/Access: +sensitive, always sensitive, never extractable, local/);
      const id = /ID: +([0-9a-f]+)/.exec(object)?.[1] ?? '';
      const stolen = inspect(token, '--read-object', '--type', 'secrkey', '--id', id);
      expect(stolen.code).not.toBe(0);

      // 2. Used there, and so is the next version.
      const plaintext = Buffer.from('kept by the token').toString('base64');
      const encrypted = await aws('encrypt', '--key-id', keyId, '--plaintext', plaintext);
      const blob = String(encrypted['CiphertextBlob']);
      await running.kmsClient().send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
      expect(objectsIn(token, keyId)).toHaveLength(2);
      expect((await aws('decrypt', '--ciphertext-blob', blob))['Plaintext']).toBe(plaintext);

      // 3. A ciphertext that was tampered with is just that: the token goes on.
      const tampered = Buffer.from(blob, 'base64');
      tampered[tampered.length - 1] = (tampered.at(-1) ?? 0) ^ 1;
      await expect(aws('decrypt', '--ciphertext-blob', tampered.toString('base64'))).rejects.toThrow(
        'InvalidCiphertextException',
      );
      expect((await aws('decrypt', '--ciphertext-blob', blob))['Plaintext']).toBe(plaintext);

      // 4. The tag says so, for ever.
      for (const [command, ...args] of [
        ['tag-resource', '--tags', 'TagKey=claviger:protection,TagValue=software'],
        ['untag-resource', '--tag-keys', 'claviger:protection'],
      ] as const) {
        await expect(aws(command, '--key-id', keyId, ...args)).rejects.toThrow('TagException');
      }
      await aws('tag-resource', '--key-id', keyId, '--tags', 'TagKey=claviger:protection,TagValue=hsm');
      await expect(aws('create-key', '--tags', 'TagKey=claviger:protection,TagValue=tpm')).rejects.toThrow(
        /TagException.*claviger:protection must be hsm or software, found 'tpm'/,
      );
      const shown = await running.server.admin('GET', `/api/v1/keys/${keyId}`);
      expect(shown.body).toMatchObject({
        protectionLevel: 'HSM',
        token: { label: token.label, serial: expect.stringMatching(/^[0-9a-f]{16}$/), lacks: [] },
      });

      // 5. Gone with the end of the window, and only then.
      await aws('schedule-key-deletion', '--key-id', keyId, '--pending-window-in-days', '7');
      await running.advance(6 * DAY);
      expect(objectsIn(token, keyId)).toHaveLength(2);
      await running.advance(2 * DAY);
      // Steps below the time after which a call of the token is given up.
      await until(async () => {
        await running.advance(20_000);
        return objectsIn(token, keyId).length === 0;
      });
      const deleted = await running.server.admin('GET', `/api/v1/keys/${keyId}`);
      expect(deleted.body).toMatchObject({ state: 'Deleted', protectionLevel: 'HSM' });
    }, 180_000);

    it('sign and decrypt with what the token offers, and say what it does not', async () => {
      const signing = await createKey('--key-usage', 'SIGN_VERIFY', '--customer-master-key-spec', 'ECC_NIST_P256');
      const keyId = String(signing['KeyId']);
      const message = Buffer.from('signed in the token');
      const signed = await aws(
        'sign',
        '--key-id',
        keyId,
        '--signing-algorithm',
        'ECDSA_SHA_256',
        '--message',
        message.toString('base64'),
      );
      const found = await aws('get-public-key', '--key-id', keyId);
      const publicKey = createPublicKey({
        key: Buffer.from(String(found['PublicKey']), 'base64'),
        format: 'der',
        type: 'spki',
      });
      expect(verify('sha256', message, publicKey, Buffer.from(String(signed['Signature']), 'base64'))).toBe(true);
      expect(objectsIn(token, keyId).find((object) => object.startsWith('Private Key Object'))).toMatch(
        /sensitive, always sensitive, never extractable/,
      );

      const rsa = await createKey('--key-usage', 'ENCRYPT_DECRYPT', '--customer-master-key-spec', 'RSA_2048');
      expect(rsa['EncryptionAlgorithms']).toEqual(['RSAES_OAEP_SHA_1']);
      const encrypt = ['encrypt', '--key-id', String(rsa['KeyId']), '--plaintext', message.toString('base64')];
      await expect(aws(...encrypt, '--encryption-algorithm', 'RSAES_OAEP_SHA_256')).rejects.toThrow(
        /InvalidKeyUsageException.*RSAES_OAEP_SHA_256 is not offered by the token/,
      );
      const { CiphertextBlob } = await aws(...encrypt, '--encryption-algorithm', 'RSAES_OAEP_SHA_1');
      const decrypted = await aws(
        'decrypt',
        '--key-id',
        String(rsa['KeyId']),
        '--encryption-algorithm',
        'RSAES_OAEP_SHA_1',
        '--ciphertext-blob',
        String(CiphertextBlob),
      );
      expect(decrypted['Plaintext']).toBe(message.toString('base64'));

      // An application's own data key, wrapped in the token in the form of RFC 5649.
      const wrapping = `/api/v1/keys/${String((await createKey())['KeyId'])}`;
      const dataKey = Buffer.alloc(32, 9).toString('base64');
      const wrapped = await running.server.admin('POST', `${wrapping}/wrap-data-key`, { dataKey });
      expect(wrapped).toMatchObject({ status: 200, body: { version: 1 } });
      const unwrapped = await running.server.admin('POST', `${wrapping}/unwrap-data-key`, wrapped.body);
      expect(unwrapped.body).toEqual({ dataKey });
      const refused = await running.server.admin('POST', `/api/v1/keys/${keyId}/wrap-data-key`, { dataKey });
      expect(refused.status).toBe(400);

      const lacking = await running.server.admin('POST', '/api/v1/keys', {
        usage: 'ENCRYPT_DECRYPT',
        spec: 'XCHACHA20_POLY1305',
        protectionLevel: 'HSM',
      });
      expect(lacking).toMatchObject({
        body: {
          detail: expect.stringMatching(/^KeySpec XCHACHA20_POLY1305 .* is not offered by token "claviger-test"/),
        },
      });
      const status = await running.server.admin('GET', '/api/v1/status');
      expect(status.body).toMatchObject({
        hsm: 'software',
        token: {
          label: token.label,
          state: { kind: 'ready' },
          lacks: expect.arrayContaining([expect.stringMatching(/^RSAES_OAEP_SHA_256 with RSA_2048/)]),
        },
      });
    }, 180_000);
  });

  describe('while the token is away', () => {
    let server: TestServer;
    beforeEach(async () => {
      server = new TestServer({ env: settingsOf(token) });
      await server.start();
    }, 60_000);
    afterEach(() => server.dispose());

    it('software keys go on, its keys are Unavailable, and it comes back by itself', async () => {
      const kms = server.kmsClient();
      const [hard, soft] = [await makeKey(kms, [HSM_TAG]), await makeKey(kms, [])];
      const sealed = await kms.send(new EncryptCommand({ KeyId: hard, Plaintext: bytes('a') }));
      expect(await readiness(server)).toEqual({ status: 'ready' });

      token.unplug();
      await until(async () => (await readiness(server))['warnings'] !== undefined);
      expect(await readiness(server)).toEqual({
        status: 'ready',
        warnings: ['the token claviger-test does not answer: keys of protection level HSM cannot be used'],
      });
      const gone = { name: 'KeyUnavailableException', message: 'The token "claviger-test" does not answer.' };
      await expect(kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }))).rejects.toMatchObject(gone);
      await expect(kms.send(new GenerateDataKeyCommand({ KeyId: hard, KeySpec: 'AES_256' }))).rejects.toMatchObject(
        gone,
      );
      await expect(kms.send(new RotateKeyOnDemandCommand({ KeyId: hard }))).rejects.toMatchObject(gone);
      await expect(makeKey(kms, [HSM_TAG])).rejects.toMatchObject(gone);
      await kms.send(new EncryptCommand({ KeyId: soft, Plaintext: bytes('b') }));

      // A start while it is away: what does not need it is served.
      await server.restart();
      await kms.send(new EncryptCommand({ KeyId: soft, Plaintext: bytes('b') }));
      await expect(kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }))).rejects.toMatchObject(gone);

      token.plugIn();
      await until(async () => (await readiness(server))['warnings'] === undefined);
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
      expect(opened.Plaintext).toEqual(new Uint8Array(bytes('a')));
    }, 120_000);

    it('because its PIN was changed, the new one in the file is enough', async () => {
      const kms = server.kmsClient();
      const keyId = await makeKey(kms, [HSM_TAG]);
      changePin(token, PIN, '161803');
      // The session that is open goes on; the next login is refused.
      token.unplug();
      await until(async () => (await readiness(server))['warnings'] !== undefined);
      token.plugIn();
      await delay(3_000);
      const encrypt = new EncryptCommand({ KeyId: keyId, Plaintext: bytes('a') });
      await expect(kms.send(encrypt)).rejects.toMatchObject({ name: 'KeyUnavailableException' });
      expect(server.output).not.toMatch(/271828|161803/);

      writeFileSync(token.pinFile, '161803\n');
      await until(async () => (await readiness(server))['warnings'] === undefined);
      await kms.send(encrypt);
    }, 120_000);
  });

  it.each([
    ['CLAVIGER_PKCS11_MODULE', '/nonexistent/module.so', /CLAVIGER_PKCS11_MODULE: .*\/nonexistent\/module\.so/],
    ['CLAVIGER_PKCS11_PIN_FILE', '/nonexistent/pin', /CLAVIGER_PKCS11_PIN_FILE: .*\/nonexistent\/pin cannot be read/],
  ])(
    'a start with a wrong %s ends, and says which setting is wrong',
    async (setting, value, said) => {
      await using server = new TestServer({ env: { ...settingsOf(token), [setting]: value } });
      server.launch();
      expect((await server.exited).code).toBe(1);
      expect(server.output).toMatch(said);
    },
    60_000,
  );
});

async function makeKey(kms: KMSClient, tags: readonly (typeof HSM_TAG)[]): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags: [...tags] }));
  return KeyMetadata?.KeyId ?? '';
}

async function readiness(server: TestServer): Promise<Readonly<Record<string, unknown>>> {
  return (await fetch(`${server.url}/health/ready`)).json() as Promise<Readonly<Record<string, unknown>>>;
}

function changePin(token: PrivateToken, from: string, to: string): void {
  const args = ['--module', token.modulePath, '--token-label', token.label, '--login', '--pin', from];
  execFileSync(tool ?? 'pkcs11-tool', [...args, '--change-pin', '--new-pin', to], {
    env: { ...process.env, ...token.environment },
    stdio: 'pipe',
  });
}

/** @throws when it does not come to be within half a minute */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await holds()); await delay(100)) {
    if (performance.now() > end) throw new Error('it did not come to be within 30 s');
  }
}
