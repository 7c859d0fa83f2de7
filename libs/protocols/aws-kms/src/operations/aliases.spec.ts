import { base64, startAwsKms, type TestAwsKms } from '../../../../../test/support/aws-kms.js';

let kms: TestAwsKms;
let one: string;
let other: string;
beforeAll(async () => {
  kms = await startAwsKms();
  one = (await kms.ok('CreateKey')).KeyMetadata.KeyId;
  other = (await kms.ok('CreateKey')).KeyMetadata.KeyId;
});
afterAll(() => kms.close());

const ARN = 'arn:aws:kms:us-east-1:000000000000:alias';

it('creates an alias, moves it and deletes it, and ciphertext under the old target still decrypts (R-86, R-87)', async () => {
  const AliasName = 'alias/app/data-kek_1';
  const created = kms.application.parts.clock.now() / 1000;
  expect(await kms.call('CreateAlias', { AliasName, TargetKeyId: one })).toMatchObject({ status: 200, body: {} });
  const before = await kms.ok('Encrypt', { KeyId: AliasName, Plaintext: base64('x') });
  kms.application.parts.clock.advance(1500);
  await kms.ok('UpdateAlias', { AliasName, TargetKeyId: other });
  const { Aliases } = await kms.ok('ListAliases', { KeyId: other });
  expect(Aliases).toEqual([
    {
      AliasName,
      AliasArn: `${ARN}/app/data-kek_1`,
      TargetKeyId: other,
      CreationDate: created,
      LastUpdatedDate: created + 1.5,
    },
  ]);
  expect((await kms.ok('ListAliases', { KeyId: one })).Aliases).toEqual([]);
  const after = await kms.ok('Encrypt', { KeyId: AliasName, Plaintext: base64('x') });
  expect(after.KeyId).toContain(other);
  expect((await kms.ok('Decrypt', before)).KeyId).toContain(one);
  await kms.ok('DeleteAlias', { AliasName });
  expect(await kms.call('Encrypt', { KeyId: AliasName, Plaintext: base64('x') })).toMatchObject({
    error: 'NotFoundException',
    message: `Alias ${ARN}/app/data-kek_1 is not found.`,
  });
  await kms.ok('CreateAlias', { AliasName, TargetKeyId: other });
});

it.each([
  [
    { AliasName: 'no-prefix' },
    'ValidationException',
    /^Alias must start with the prefix "alias\/"\. Please see https:/,
  ],
  [{ AliasName: 'alias/aws/s3' }, 'InvalidAliasNameException', /./],
  [
    { AliasName: 'alias/a b' },
    'ValidationException',
    /Member must satisfy regular expression pattern: \^\[a-zA-Z0-9:\/_-\]\+\$$/,
  ],
  [{ TargetKeyId: 'alias/x' }, 'ValidationException', /^Aliases must refer to keys\. Not aliases$/],
  [{ TargetKeyId: `${ARN}/x` }, 'InvalidArnException', /./],
  [{ TargetKeyId: '12345678-1234-1234-1234-123456789012' }, 'NotFoundException', /does not exist$/],
  [{ TargetKeyId: 'x' }, 'NotFoundException', /^Invalid keyId 'x'$/],
])('refuses to create one with %j as %s', async (input, error, message) => {
  const answer = await kms.call('CreateAlias', { AliasName: 'alias/a', TargetKeyId: one, ...input });
  expect(answer).toMatchObject({ status: 400, error });
  expect(answer.message).toMatch(message);
});

it('refuses a name that is taken', async () => {
  await kms.ok('CreateAlias', { AliasName: 'alias/taken', TargetKeyId: one });
  expect(await kms.call('CreateAlias', { AliasName: 'alias/taken', TargetKeyId: other })).toMatchObject({
    error: 'AlreadyExistsException',
    message: `An alias with the name ${ARN}/taken already exists`,
  });
});

it('does not find an alias that was never there', async () => {
  const missing = { status: 400, error: 'NotFoundException', message: `Alias ${ARN}/never is not found.` };
  expect(await kms.call('UpdateAlias', { AliasName: 'alias/never', TargetKeyId: one })).toMatchObject(missing);
  expect(await kms.call('DeleteAlias', { AliasName: 'alias/never' })).toMatchObject(missing);
});

it('moves an alias only to a key that does the same', async () => {
  const { KeyId } = (await kms.ok('CreateKey', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }))[
    'KeyMetadata'
  ];
  await kms.ok('CreateAlias', { AliasName: 'alias/same', TargetKeyId: one });
  expect(await kms.call('UpdateAlias', { AliasName: 'alias/same', TargetKeyId: KeyId })).toMatchObject({
    status: 400,
    error: 'ValidationException',
  });
});

it('lists in pages, and gives no larger ones than AWS', async () => {
  for (let index = 0; index < 5; index += 1) {
    await kms.ok('CreateAlias', { AliasName: `alias/page-${index}`, TargetKeyId: other });
  }
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await kms.ok('ListAliases', { KeyId: other, Limit: 2, Marker });
    expect(page.Aliases.length).toBeLessThanOrEqual(2);
    names.push(...page.Aliases.map((alias: { AliasName: string }) => alias.AliasName));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  expect(names).toEqual([...new Set(names)].sort());
  expect(names).toEqual(expect.arrayContaining(['alias/page-0', 'alias/page-4']));
  expect((await kms.ok('ListAliases', { Limit: 1000 })).Truncated).toBe(false);
});
