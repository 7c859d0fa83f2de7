import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  KMSClient,
  ListKeysCommand,
  SignCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { parseBody, readAnyInput } from '../model/validate.js';
import { notRun } from '../../../../../test/support/external.js';
import { deriveSigningKey } from './signing-key.js';
import { type SigV4Request, verifySigV4 } from './verify.js';

// Real clients sign; a recording server keeps what they sent, byte for byte.
const ACCESS_KEY = 'AKIACLAVIGERTEST0001';
const SECRET = 'test/secret+with=signs/0123456789abcdef';
const AWS = '/usr/bin/aws';

const recorded: SigV4Request[] = [];
let server: Server;
let endpoint: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [path = '', query = ''] = (request.url ?? '').split('?');
      recorded.push({
        method: request.method ?? '',
        path,
        query,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks),
      });
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  recorded.length = 0;
});

function check(request: SigV4Request, secret = SECRET): ReturnType<typeof verifySigV4<string>> {
  return verifySigV4(request, {
    now: Date.now(),
    regions: ['us-east-1'],
    service: 'kms',
    lookup: () => ({
      principal: 'p',
      signingKey: (date, region) => deriveSigningKey(Buffer.from(secret), date, region, 'kms'),
    }),
  });
}

/** Verifies every recorded request, and that its body passes the checks of the operation it names. */
function expectAllVerified(operations: readonly string[], invocation: object): void {
  expect(recorded.map((request) => check(request))).toMatchObject(
    operations.map((operation) => ({
      ok: true,
      target: `TrentService.${operation}`,
      ...invocation,
    })),
  );
  for (const [index, request] of recorded.entries()) {
    expect(check(request, 'another secret')).toMatchObject({ ok: false, error: { type: 'InvalidSignatureException' } });
    const body = parseBody(request.body);
    expect(body.ok && readAnyInput(operations[index] ?? '', body.input)).toMatchObject({ ok: true });
  }
}

it('verifies what @aws-sdk/client-kms sends', async () => {
  const client = new KMSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET },
  });
  const KeyId = 'alias/a';
  const bytes = Buffer.alloc(4096, 7);
  await client.send(
    new CreateKeyCommand({ Description: 'Schlüssel für 東京 🔑', Tags: [{ TagKey: 'a', TagValue: '' }] }),
  );
  await client.send(new EncryptCommand({ KeyId, Plaintext: bytes, EncryptionContext: { 'a b': 'ü' } }));
  await client.send(new DecryptCommand({ CiphertextBlob: bytes }));
  await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
  await client.send(new GenerateRandomCommand({ NumberOfBytes: 32 }));
  await client.send(new ListKeysCommand({}));
  await client.send(new SignCommand({ KeyId, Message: bytes, SigningAlgorithm: 'ECDSA_SHA_256' }));
  await client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'k', TagValue: 'v' }] }));
  client.destroy();
  expectAllVerified(
    ['CreateKey', 'Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateRandom', 'ListKeys', 'Sign', 'TagResource'],
    { invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/), invocationIdSigned: true },
  );
});

// Debian's client of 2022; `npm test` installs it where it may and names it where it may not.
if (!existsSync(AWS)) notRun('aws-cli', 'Debian package awscli (2.9) at /usr/bin/aws');
(existsSync(AWS) ? it : it.skip)(
  'verifies what the AWS command line of Debian sends',
  async () => {
    const run = async (...args: string[]): Promise<void> => {
      await promisify(execFile)(AWS, ['kms', ...args, '--endpoint-url', endpoint], {
        env: {
          PATH: '/usr/bin:/bin',
          AWS_ACCESS_KEY_ID: ACCESS_KEY,
          AWS_SECRET_ACCESS_KEY: SECRET,
          AWS_DEFAULT_REGION: 'us-east-1',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_PAGER: '',
        },
      });
    };
    await run(
      'create-key',
      '--description',
      'prod/customer-data-kek',
      '--customer-master-key-spec',
      'SYMMETRIC_DEFAULT',
    );
    await run('encrypt', '--key-id', 'alias/a', '--plaintext', 'aGVsbG8=', '--encryption-context', 'k=v');
    await run('list-resource-tags', '--key-id', 'alias/a');
    // This client sends no invocation id: a call repeated by hand is another call.
    expectAllVerified(['CreateKey', 'Encrypt', 'ListResourceTags'], {
      invocationId: undefined,
      invocationIdSigned: false,
    });
  },
  60_000,
);
