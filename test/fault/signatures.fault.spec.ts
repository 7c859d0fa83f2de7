import { createHash } from 'node:crypto';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { startTestServer, type TestServer } from '@claviger/testing';
import { Pool } from '../servers/pool.js';
import { sendRaw } from '../servers/raw-http.js';
import { amzDate, rawRequest, signCall, type SignedRequest } from '../servers/sign.js';
import { recordsPerRequest } from './records.js';

const MINUTE = 60_000;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('signed requests', () => {
  let server: TestServer;
  let pool: Pool;
  let body: string;

  beforeAll(async () => {
    server = await startTestServer();
    pool = new Pool(server, 100);
    const made = await server.kmsClient().send(new CreateKeyCommand({}));
    body = JSON.stringify({ KeyId: made.KeyMetadata?.KeyId, Plaintext: 'aGVsbG8=' });
  }, 60_000);
  afterAll(async () => {
    pool.close();
    await server.dispose();
  });

  const signed = (options: Partial<Parameters<typeof signCall>[3]> = {}): SignedRequest =>
    signCall(server, 'Encrypt', body, { now: Date.now(), ...options });

  /** The request with some of its headers changed after it was signed; undefined takes one away. */
  function altered(request: SignedRequest, headers: Record<string, string | undefined>): SignedRequest {
    const entries = Object.entries({ ...request.headers, ...headers });
    return {
      body: request.body,
      headers: Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    };
  }

  async function answerTo(request: SignedRequest): Promise<string> {
    const { status, body: text } = await pool.send(request);
    return `${status} ${(JSON.parse(text) as { __type?: string }).__type ?? 'served'}`;
  }

  /** Written by hand, so that headers may stand twice. */
  async function answerToText(request: SignedRequest, more: string): Promise<string> {
    const text = rawRequest(altered(request, { connection: 'close' })).replace('\r\n\r\n', `\r\n${more}\r\n\r\n`);
    const { status, body: found } = await sendRaw(server.url, [text]);
    return `${status} ${found === '' ? '' : ((JSON.parse(found) as { __type?: string }).__type ?? 'served')}`;
  }

  it('are all served when 100 identical ones come within a second, each with a record of its own', async () => {
    // Begins right after a full second, so that one second is long enough for all.
    await new Promise((resolve) => setTimeout(resolve, 1_000 - (Date.now() % 1_000)));
    const request = signed();
    const answers = await Promise.all(Array.from({ length: 100 }, () => pool.send(request)));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(100).fill(200));
    const blobs = new Set(
      answers.map((answer) => (JSON.parse(answer.body) as { CiphertextBlob: string }).CiphertextBlob),
    );
    expect(blobs.size).toBe(100);
    const counts = await recordsPerRequest(server, 'operation=Encrypt');
    expect(answers.map(({ headers }) => counts.get(String(headers['x-amzn-requestid'])))).toEqual(
      Array<number>(100).fill(1),
    );
  });

  it('are served as they were signed', async () => {
    expect(await answerTo(signed())).toBe('200 served');
  });

  const mismatch = '400 InvalidSignatureException';
  it.each<[string, () => SignedRequest, string]>([
    ['a changed target', () => altered(signed(), { 'x-amz-target': 'TrentService.Decrypt' }), mismatch],
    ['a changed signed header', () => altered(signed(), { 'x-amz-user-agent': 'other' }), mismatch],
    ['a signed header taken away', () => altered(signed(), { 'x-amz-user-agent': undefined }), mismatch],
    ['another host', () => altered(signed(), { host: 'kms.example.com' }), mismatch],
    ['an added x-amz header that is not signed', () => altered(signed(), { 'x-amz-extra': '1' }), mismatch],
    ['a changed body', () => ({ ...signed(), body: body.replace('aGVsbG8=', 'aGVsbG9=') }), mismatch],
    ['a changed body with a hash of its own', () => changedBody(), mismatch],
    ['another date', () => altered(signed(), { 'x-amz-date': amzDate(Date.now() + MINUTE) }), mismatch],
    ['a date six minutes ago', () => signed({ now: Date.now() - 6 * MINUTE }), mismatch],
    ['a date in six minutes', () => signed({ now: Date.now() + 6 * MINUTE }), mismatch],
    [
      'a date of no calendar',
      () => altered(signed(), { 'x-amz-date': '20260231T256199Z' }),
      '400 IncompleteSignatureException',
    ],
    ['no date', () => altered(signed(), { 'x-amz-date': undefined }), '400 IncompleteSignatureException'],
    ['the scope of another day', () => signed({ scopeDate: '20200101' }), mismatch],
    ['the scope of another region', () => signed({ region: 'eu-central-1' }), mismatch],
    ['the scope of another service', () => signed({ service: 's3' }), mismatch],
    ['another terminator', () => replaced('aws4_request', 'aws5_request'), mismatch],
    ['the host left unsigned', () => signed({ unsigned: ['host'] }), mismatch],
    ['the target left unsigned', () => signed({ unsigned: ['x-amz-target'] }), mismatch],
    ['the date left unsigned', () => signed({ unsigned: ['x-amz-date'] }), mismatch],
    ['a signature with one digit changed', () => oneDigit(), mismatch],
    ['a signature in capital letters', () => capitals(), mismatch],
    ['no signature', () => replaced(/, Signature=.*/, ''), '400 IncompleteSignatureException'],
    [
      'signed headers out of order',
      () => replaced('content-length;content-type', 'content-type;content-length'),
      '400 IncompleteSignatureException',
    ],
    ['another scheme', () => replaced('AWS4-HMAC-SHA256', 'Bearer'), '400 IncompleteSignatureException'],
    [
      'no Authorization',
      () => altered(signed(), { authorization: undefined }),
      '400 MissingAuthenticationTokenException',
    ],
    [
      'an unknown access key',
      () => replaced(/Credential=\w+/, 'Credential=AKIAUNKNOWNUNKNOWN00'),
      '400 UnrecognizedClientException',
    ],
    [
      'a security token',
      () => signed({ headers: { 'x-amz-security-token': 'token' } }),
      '400 UnrecognizedClientException',
    ],
  ])('are refused with %s', async (_, request, expected) => {
    expect(await answerTo(request())).toBe(expected);
  });

  it.each([
    ['authorization', () => `authorization: ${signed().headers['authorization']}`, '400 IncompleteSignatureException'],
    ['x-amz-date', () => `x-amz-date: ${amzDate(Date.now() - 7 * MINUTE)}`, mismatch],
    ['x-amz-target', () => 'x-amz-target: TrentService.Decrypt', mismatch],
    ['x-amz-content-sha256', () => `x-amz-content-sha256: ${sha256('')}`, mismatch],
    ['content-type', () => 'content-type: text/plain', mismatch],
    ['amz-sdk-invocation-id', () => 'amz-sdk-invocation-id: 1', mismatch],
    ['x-amz-user-agent', () => 'x-amz-user-agent: other', mismatch],
  ])('are refused with a second %s header, whichever reader takes which', async (_, header, expected) => {
    expect(await answerToText(signed(), header())).toBe(expected);
  });

  it.each([
    ['content-length', 'content-length: 0'],
    ['host', 'host: kms.example.com'],
    ['transfer-encoding beside the length', 'transfer-encoding: chunked'],
  ])('never reach the service with a second %s header', async (_, header) => {
    expect(await answerToText(signed(), header)).toMatch(/^400 /);
  });

  function replaced(what: string | RegExp, by: string): SignedRequest {
    const request = signed();
    return altered(request, {
      authorization: (request.headers['authorization'] ?? '').replaceAll(new RegExp(what, 'g'), by),
    });
  }

  function oneDigit(): SignedRequest {
    const request = signed();
    const text = request.headers['authorization'] ?? '';
    return altered(request, { authorization: `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}` });
  }

  function capitals(): SignedRequest {
    const request = signed();
    return altered(request, {
      authorization: (request.headers['authorization'] ?? '').replace(/[0-9a-f]{64}$/, (digits) =>
        digits.toUpperCase(),
      ),
    });
  }

  function changedBody(): SignedRequest {
    const other = body.replace('aGVsbG8=', 'aGVsbG9=');
    return { ...altered(signed(), { 'x-amz-content-sha256': sha256(other) }), body: other };
  }
});
