import fc from 'fast-check';
import { base64, startAwsKms, type AwsAnswer, type TestAwsKms } from '../../../../test/support/aws-kms.js';
import { signCall } from '../../../../test/servers/sign.js';
import { operationFacts, shapeNamed } from './model/facts.js';
import { operations } from './operations/table.js';

// Deterministic: a failure names its seed and path.
const SEED = 20_261_124;
const CANARY = 'canary-plaintext-7f3a';

let kms: TestAwsKms;
let keys: readonly string[];
let ciphertext: string;
beforeAll(async () => {
  kms = await startAwsKms();
  const create = async (input: object): Promise<string> => (await kms.ok('CreateKey', input)).KeyMetadata.KeyId;
  keys = [
    await create({}),
    await create({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    await create({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
  ];
  await kms.ok('CreateAlias', { AliasName: 'alias/fuzz', TargetKeyId: keys[0] });
  ciphertext = (await kms.ok('Encrypt', { KeyId: keys[0], Plaintext: base64(CANARY) })).CiphertextBlob;
});
afterAll(() => kms.close());

const offered = Object.keys(operations);
// What makes keys is left out of most draws: ten thousand RSA keys would test the patience only.
const fuzzed = offered.filter((name) => name !== 'CreateKey');

/** Values that are nearly right for a member, or not at all. */
const member = (name: string): fc.Arbitrary<unknown> => {
  const good: Record<string, () => readonly unknown[]> = {
    KeyId: () => [...keys, 'alias/fuzz', `arn:aws:kms:us-east-1:000000000000:key/${keys[0]}`],
    TargetKeyId: () => keys,
    DestinationKeyId: () => keys,
    SourceKeyId: () => keys,
    CiphertextBlob: () => [ciphertext],
    AliasName: () => ['alias/fuzz', 'alias/b', 'alias/aws/x'],
    Plaintext: () => [base64(CANARY)],
    Tags: () => [[{ TagKey: 'a', TagValue: 'b' }], [{ TagKey: 'claviger:environment', TagValue: 'x' }]],
    EncryptionContext: () => [{ a: 'b' }, { __proto__: 'x', constructor: 'y' }, { k: 'v'.repeat(9000) }],
    PolicyName: () => ['default'],
    Policy: () => ['{}', '{"Version":"2012-10-17","Statement":[]}'],
    Limit: () => [1, 1000],
  };
  const shape = shapeOf(name);
  const values = shape?.type === 'string' && shape.values !== undefined ? shape.values : [];
  return fc.oneof(
    { weight: 5, arbitrary: fc.nat().map((at) => pick([...(good[name]?.() ?? []), ...values], at)) },
    {
      weight: 2,
      arbitrary: fc.oneof(fc.base64String({ maxLength: 64 }), fc.integer({ min: -5, max: 3000 }), fc.boolean()),
    },
    { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
    { weight: 1, arbitrary: fc.string({ maxLength: 300, unit: 'binary' }) },
  );
};
const pick = (values: readonly unknown[], at: number): unknown => values[at % Math.max(1, values.length)];

const members = new Map<string, ReadonlyMap<string, string>>(
  offered.map((name) => {
    const shape = shapeNamed(operationFacts.get(name)?.input ?? '');
    return [name, shape.type === 'structure' ? shape.members : new Map<string, string>()];
  }),
);
function shapeOf(name: string): ReturnType<typeof shapeNamed> | undefined {
  for (const known of members.values()) {
    const target = known.get(name);
    if (target !== undefined) return shapeNamed(target);
  }
  return undefined;
}

const bodyOf = (operation: string): fc.Arbitrary<string> => {
  const names = [...(members.get(operation)?.keys() ?? [])];
  const input = fc.record(Object.fromEntries(names.map((name) => [name, member(name)])), { requiredKeys: [] });
  return fc.oneof(
    { weight: 8, arbitrary: input.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 6 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(input, fc.nat(), fc.string({ maxLength: 3 }))
        .map(([value, at, noise]) => damaged(JSON.stringify(value), at, noise)),
    },
  );
};
const damaged = (text: string, at: number, noise: string): string =>
  text.slice(0, at % (text.length + 1)) + noise + text.slice((at % (text.length + 1)) + 1);

function expectSane(answer: AwsAnswer): void {
  expect([200, 400, 413]).toContain(answer.status);
  expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
  if (answer.status !== 200) {
    expect(answer.error).toMatch(/^[A-Za-z]+Exception$/);
    expect(JSON.stringify(answer.body)).not.toContain(CANARY);
    expect(JSON.stringify(answer.body)).not.toContain(base64(CANARY));
  }
}

it('answers 8,000 signed requests with any body without a fault of its own', async () => {
  const request = fc.constantFrom(...fuzzed).chain((operation) => fc.tuple(fc.constant(operation), bodyOf(operation)));
  const tally = { ok: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(request, async ([operation, body]) => {
      const answer = await kms.call(operation, body);
      expectSane(answer);
      tally[answer.status === 200 ? 'ok' : 'refused'] += 1;
    }),
    { numRuns: 8000, seed: SEED },
  );
  // Worth something only if both sides are reached.
  expect(tally.ok).toBeGreaterThan(400);
  expect(tally.refused).toBeGreaterThan(400);
}, 240_000);

it('answers 500 CreateKey requests with any body without a fault of its own', async () => {
  await fc.assert(
    fc.asyncProperty(bodyOf('CreateKey'), async (body) => {
      // Slow to make, and the same code.
      expectSane(await kms.call('CreateKey', body.replaceAll(/RSA_\d{4}/g, 'ECC_NIST_P256')));
    }),
    { numRuns: 500, seed: SEED },
  );
}, 240_000);

it('answers 1,500 requests with any headers and bytes without a fault of its own', async () => {
  const token = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019-=/;,. "\t%:')), maxLength: 40 });
  const name = fc.constantFrom(
    'authorization',
    'x-amz-date',
    'x-amz-target',
    'x-amz-content-sha256',
    'x-amz-security-token',
    'content-type',
    'amz-sdk-invocation-id',
    'x-claviger-reason',
    'host',
  );
  const edit = fc.record({ name, value: fc.option(token, { nil: undefined }), prefix: fc.boolean() });
  const request = fc.tuple(
    fc.constantFrom(...offered),
    fc.array(edit, { minLength: 1, maxLength: 3 }),
    fc.uint8Array({ maxLength: 200 }),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(request, async ([operation, edits, bytes, keepBody]) => {
      const target = { url: 'http://kms.test', region: 'us-east-1', credentials: kms.application.administrator };
      const { headers, body } = signCall(target, operation, '{}', { now: kms.application.parts.clock.now() });
      const sent: Record<string, string> = { ...headers };
      for (const { name: header, value, prefix } of edits) {
        if (value === undefined) delete sent[header];
        else sent[header] = prefix ? `${(sent[header] ?? '').slice(0, value.length * 3)}${value}` : value;
      }
      delete sent['content-length'];
      expectSane(await kms.send(sent, keepBody ? body : Buffer.from(bytes)));
    }),
    { numRuns: 1500, seed: SEED },
  );
}, 240_000);

it('has logged no plaintext, no secret and no surprise by then', () => {
  const log = kms.application.log.join('\n');
  expect(log).not.toContain(CANARY);
  expect(log).not.toContain(base64(CANARY));
  expect(log).not.toContain(kms.application.administrator.secretAccessKey);
  expect(log).not.toMatch(/unexpectedly/);
});
