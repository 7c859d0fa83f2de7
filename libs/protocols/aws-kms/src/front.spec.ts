import { type AwsAnswer, startAwsKms, type TestAwsKms } from '../../../../test/support/aws-kms.js';
import { signCall } from '../../../../test/servers/sign.js';
import { AWS_KMS_BODY_LIMIT } from './front.js';
import { namedOnlyOperations, operationFacts } from './model/facts.js';
import { operations } from './operations/table.js';

let kms: TestAwsKms;
beforeEach(async () => {
  kms = await startAwsKms();
});
afterEach(() => kms.close());

const signed = (operation: string, body: string, options: Partial<Parameters<typeof signCall>[3]> = {}) =>
  signCall(
    { url: 'http://kms.test', region: 'us-east-1', credentials: kms.application.administrator },
    operation,
    body,
    {
      now: kms.application.parts.clock.now(),
      ...options,
    },
  );

describe('an answer', () => {
  it('bears an id of its own, the media type without a charset, its length, and is not to be kept', async () => {
    const one = await kms.call('ListKeys');
    const other = await kms.call('ListKeys', '{');
    for (const { headers } of [one, other]) {
      expect(headers).toMatchObject({
        'content-type': 'application/x-amz-json-1.1',
        'cache-control': expect.stringContaining('no-store'),
      });
    }
    expect(one.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(other.requestId).not.toBe(one.requestId);
    expect(one.headers['content-length']).toBe(String(JSON.stringify(one.body).length));
  });

  it('has an empty body where the operation has no output', async () => {
    const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
    const { headers, body } = signed('EnableKey', JSON.stringify({ KeyId }));
    const response = await kms.server.inject({ method: 'POST', url: '/', headers, payload: body });
    expect(response).toMatchObject({ statusCode: 200, payload: '' });
    expect(response.headers['content-length']).toBe('0');
  });
});

describe('a call without a known caller', () => {
  const refused = async (headers: Record<string, string>, body = '{}') => {
    const answer = await kms.send(headers, body);
    expect(answer).toMatchObject({ status: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const entries = await kms.application.entries();
    expect(entries.filter((entry) => entry.id === answer.requestId)).toEqual([
      expect.objectContaining({ result: 'denied', protocol: 'aws-kms', error: answer.error }),
    ]);
    return answer;
  };

  it('is refused and recorded, and never carried out', async () => {
    const good = signed('CreateKey', '{}');
    const { authorization = '', ...bare } = good.headers;
    expect(await refused(bare)).toMatchObject({
      error: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
    });
    expect(await refused({ ...bare, authorization: 'Bearer x' })).toMatchObject({
      error: 'IncompleteSignatureException',
    });
    expect(await refused(good.headers, '[]')).toMatchObject({ error: 'InvalidSignatureException' });
    expect(await refused({ ...good.headers, 'x-amz-target': 'TrentService.ListKeys' })).toMatchObject({
      error: 'InvalidSignatureException',
    });
    expect(await refused({ ...bare, authorization: authorization.replace(/ADMIN0001/, 'OTHER0001') })).toMatchObject({
      error: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    });
    expect(await refused(signed('CreateKey', '{}', { region: 'eu-west-1' }).headers)).toMatchObject({
      error: 'InvalidSignatureException',
      message: 'Credential should be scoped to a valid region.',
    });
    const late = signed('CreateKey', '{}', { now: kms.application.parts.clock.now() - 301_000 });
    expect(await refused(late.headers)).toMatchObject({
      error: 'InvalidSignatureException',
      message: expect.stringMatching(/^Signature expired: /),
    });
    expect((await kms.ok('ListKeys')).Keys).toEqual([]);
    const entries = await kms.application.entries();
    expect(entries.every((entry) => entry.operation === 'CreateKey' || entry.operation === 'ListKeys')).toBe(true);
  });

  it('gets no operation of its own making into the records', async () => {
    await refused({ 'x-amz-target': 'TrentService.<script>' });
    expect((await kms.application.entries()).at(-1)).toMatchObject({ operation: 'Unknown' });
  });

  it('is summed after ten entries of one source and minute', async () => {
    for (let count = 0; count < 15; count += 1) {
      await kms.send({ 'x-amz-target': 'TrentService.ListKeys' }, '{}');
    }
    expect(await kms.application.entries()).toHaveLength(10);
  });

  it('is refused at once when a principal that was known is disabled', async () => {
    const { keyState } = kms.application.parts;
    await kms.ok('ListKeys');
    jest.spyOn(keyState, 'peekPrincipal').mockReturnValue(undefined);
    jest.spyOn(keyState, 'principalOfAccessKey').mockResolvedValue(undefined);
    expect(await kms.call('ListKeys')).toMatchObject({ error: 'UnrecognizedClientException' });
  });

  it('is a fault of ours when nobody can say who calls', async () => {
    const { keyState } = kms.application.parts;
    jest.spyOn(keyState, 'principalOfAccessKey').mockRejectedValue(new Error('disk gone: /secret/path'));
    const answer = await kms.call('ListKeys');
    expect(answer).toMatchObject({ status: 500, error: 'KeyUnavailableException' });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect((await kms.application.entries()).at(-1)).toMatchObject({ id: answer.requestId, error: 'Unavailable' });
  });
});

describe('the operation', () => {
  it('is one of the 34 that are offered, or is refused by name', async () => {
    const others = [...operationFacts.keys(), ...namedOnlyOperations].filter(
      (name) => !Object.hasOwn(operations, name),
    );
    expect(Object.keys(operations)).toHaveLength(34);
    expect(others).toHaveLength(22);
    for (const name of others) {
      const answer = await kms.call(name, { KeyId: 'x' });
      expect(answer).toMatchObject({
        status: 400,
        error: 'UnsupportedOperationException',
        message: `${name} is not offered by this service.`,
      });
      expect((await kms.application.entries()).at(-1)).toMatchObject({
        id: answer.requestId,
        operation: name,
        result: 'failure',
        error: 'Unsupported',
      });
    }
  });

  it.each(['Nonsense', 'listKeys', '__proto__', 'constructor', ''])('is not %j', async (name) => {
    const answer = await kms.call(name);
    expect(answer).toMatchObject({ status: 400, body: { __type: 'UnknownOperationException' } });
    expect((await kms.application.entries()).at(-1)).toMatchObject({
      id: answer.requestId,
      operation: 'Unknown',
      result: 'failure',
    });
  });

  it('is not there without the header, or under another service', async () => {
    const without = signed('ListKeys', '{}', { headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' } });
    expect(await kms.send(without.headers, '{}')).toMatchObject({ body: { __type: 'UnknownOperationException' } });
    const { 'x-amz-target': _, authorization: __, ...rest } = signed('ListKeys', '{}').headers;
    const bare = signHeaders(rest, '{}');
    expect(await kms.send(bare, '{}')).toMatchObject({ body: { __type: 'UnknownOperationException' } });
  });

  it.each([
    ['application/x-amz-json-1.1', 200],
    ['application/x-amz-json-1.1; charset=utf-8', 200],
    ['Application/X-Amz-Json-1.1', 200],
    ['application/x-amz-json-1.0', 400],
    ['application/x-amz-json-1.10', 400],
    ['application/json', 400],
    ['text/plain', 400],
  ])('comes as %s: %i', async (contentType, status) => {
    const answer = await kms.call('ListKeys', {}, { headers: { 'content-type': contentType } });
    expect(answer).toMatchObject({ status, error: status === 200 ? undefined : 'UnknownOperationException' });
  });
});

/** Signs exactly these headers, without an X-Amz-Target. */
function signHeaders(headers: Readonly<Record<string, string>>, body: string): Record<string, string> {
  const { headers: all } = signed('x', body, { unsigned: ['x-amz-target', 'connection', 'user-agent'] });
  const { 'x-amz-target': _, ...kept } = { ...headers, ...all };
  return kept;
}

describe('a body', () => {
  it.each([
    ['{', 'SerializationException'],
    ['', undefined],
    ['[]', 'SerializationException'],
    ['"x"', 'SerializationException'],
    ['{"Limit":"1"}', 'SerializationException'],
    ['{"Limit":1.5}', 'SerializationException'],
    ['{"Limit":0}', 'ValidationException'],
    ['{"Unknown":{"a":[1]}}', undefined],
    [`{"Limit":${'['.repeat(50_000)}`, 'SerializationException'],
    ['{"Marker":"\\ud800"}', 'SerializationException'],
  ])('%.30j of a known caller answers %s, on the record', async (body, error) => {
    const answer = await kms.call('ListKeys', body);
    expect(answer).toMatchObject({ status: error === undefined ? 200 : 400, error });
    const entries = await kms.application.entries();
    expect(entries.filter((entry) => entry.id === answer.requestId)).toHaveLength(1);
  });

  it('may have as many bytes as the limit says, and not one more', async () => {
    const filler = (length: number): string => `{"x":"${'a'.repeat(length - 8)}"}`;
    expect(await kms.call('ListKeys', filler(AWS_KMS_BODY_LIMIT))).toMatchObject({ status: 200 });
    const answer = await kms.call('ListKeys', filler(AWS_KMS_BODY_LIMIT + 1));
    expect(answer).toMatchObject({ status: 413, error: 'RequestEntityTooLargeException' });
    expect(answer.headers['connection']).toBe('close');
    expect((await kms.application.entries()).at(-1)).toMatchObject({ id: answer.requestId, result: 'denied' });
  });

  it('of a media type that is none is refused, on the record', async () => {
    const answer = await kms.send({ ...signed('ListKeys', '{}').headers, 'content-type': 'x y' }, '{}');
    expect(answer).toMatchObject({ status: 400, error: 'UnknownOperationException' });
    expect((await kms.application.entries()).at(-1)).toMatchObject({ id: answer.requestId });
  });
});

describe('repetition', () => {
  const invocationId = '7c2a3c1e-1d7f-4d5b-9b7e-3f2f3d6f0d11';
  const KeyId = (answer: AwsAnswer): string => answer.body.KeyMetadata.KeyId;

  it('with the invocation id of the first try creates nothing twice', async () => {
    const first = await kms.call('CreateKey', { Description: 'a' }, { invocationId });
    kms.application.parts.clock.advance(2000);
    const retry = await kms.call(
      'CreateKey',
      { Description: 'a' },
      { invocationId, headers: { 'amz-sdk-request': 'attempt=2; max=3' } },
    );
    expect(KeyId(retry)).toBe(KeyId(first));
    expect((await kms.ok('ListKeys')).Keys).toHaveLength(1);
    expect((await kms.application.entries()).filter((entry) => entry.id === retry.requestId)).toHaveLength(1);
  });

  it('with another body is another command, never a conflict', async () => {
    const first = await kms.call('CreateKey', { Description: 'a' }, { invocationId });
    const other = await kms.call('CreateKey', { Description: 'b' }, { invocationId });
    expect(other.status).toBe(200);
    expect(KeyId(other)).not.toBe(KeyId(first));
  });

  it('by another caller is that caller’s own', async () => {
    await kms.call('CreateKey', {}, { invocationId });
    expect(await kms.call('CreateKey', {}, { invocationId, as: kms.application.nobody })).toMatchObject({
      error: 'AccessDeniedException',
    });
  });

  it('without an invocation id is a new command', async () => {
    const plain = (): Promise<unknown> => {
      const { 'amz-sdk-invocation-id': _, ...headers } = signed('CreateKey', '{}', {
        unsigned: ['amz-sdk-invocation-id', 'connection', 'user-agent'],
      }).headers;
      return kms.send(headers, '{}');
    };
    await plain();
    await plain();
    expect((await kms.ok('ListKeys')).Keys).toHaveLength(2);
  });

  it('of one signed request a hundred times in one second succeeds each time', async () => {
    const { headers, body } = signed('GenerateRandom', '{"NumberOfBytes":16}');
    const answers = await Promise.all(Array.from({ length: 100 }, () => kms.send(headers, body)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(100);
    expect(new Set(answers.map((answer) => answer.requestId)).size).toBe(100);
    const ids = (await kms.application.entries()).map((entry) => entry.id);
    expect(answers.every((answer) => ids.includes(answer.requestId))).toBe(true);
  });
});

it('notes the reason that a caller states (R-165)', async () => {
  await kms.call('ListKeys', {}, { headers: { 'x-claviger-reason': 'TICKET-17' } });
  const [entry] = await kms.application.parts.journal.read(0, 1);
  expect(JSON.parse(entry?.detail ?? '')).toMatchObject({ reason: 'TICKET-17' });
});

it('answers nothing when its record cannot be written', async () => {
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.application.parts.journal.close();
  for (const [operation, input] of [
    ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
    ['GenerateRandom', { NumberOfBytes: 8 }],
    ['DescribeKey', { KeyId }],
    ['CreateKey', {}],
    ['DescribeKey', { KeyId: 'alias/none' }],
  ] as const) {
    const answer = await kms.call(operation, input);
    expect(answer).toMatchObject({ status: 500, error: 'KeyUnavailableException' });
    expect(Object.keys(answer.body)).toEqual(['__type', 'message']);
  }
  expect(await kms.send({}, '{}')).toMatchObject({ status: 500 });
});

it('serves nothing but POST /', async () => {
  for (const [method, url] of [
    ['GET', '/'],
    ['PUT', '/'],
    ['POST', '/x'],
  ] as const) {
    expect(await kms.server.inject({ method, url })).toMatchObject({ statusCode: 404 });
  }
});

it('leaves other routes of the same server their own parsers and errors', async () => {
  const { default: fastify } = await import('fastify');
  const server = fastify();
  server.post('/other', (request) => ({ got: request.body }));
  const { registerAwsKms } = await import('./front.js');
  await registerAwsKms(server, { regions: ['us-east-1'] } as unknown as Parameters<typeof registerAwsKms>[1]);
  const response = await server.inject({ method: 'POST', url: '/other', payload: { a: 1 } });
  expect(response.json()).toEqual({ got: { a: 1 } });
  const bad = await server.inject({
    method: 'POST',
    url: '/other',
    headers: { 'content-type': 'application/json' },
    payload: '{',
  });
  expect(bad.headers['x-amzn-requestid']).toBeUndefined();
  await server.close();
});
