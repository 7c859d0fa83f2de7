import { startAwsKms, type TestAwsKms } from '../../../../../test/support/aws-kms.js';

let kms: TestAwsKms;
beforeAll(async () => {
  kms = await startAwsKms();
});
afterAll(() => kms.close());

const create = async (input: object = {}): Promise<{ KeyId: string; Arn: string }> =>
  (await kms.ok('CreateKey', input)).KeyMetadata;
const tag = (TagKey: string, TagValue: string): object => ({ TagKey, TagValue });
const tags = async (KeyId: string): Promise<readonly object[]> => (await kms.ok('ListResourceTags', { KeyId })).Tags;

describe('tags', () => {
  it('are added, changed and removed (R-88)', async () => {
    const { KeyId } = await create();
    await kms.ok('TagResource', { KeyId, Tags: [tag('b', '1'), tag('a', '')] });
    expect(await tags(KeyId)).toEqual([tag('a', ''), tag('b', '1')]);
    await kms.ok('TagResource', { KeyId, Tags: [tag('b', '2')] });
    expect(await tags(KeyId)).toEqual([tag('a', ''), tag('b', '2')]);
    await kms.ok('UntagResource', { KeyId, TagKeys: ['a', 'never-there'] });
    expect(await tags(KeyId)).toEqual([tag('b', '2')]);
  });

  it.each([
    ['TagResource', { Tags: [tag('a', '1'), tag('a', '1')] }, 'Duplicate tag keys'],
    ['TagResource', { Tags: [tag('AWS:a', '1')] }, 'Tags beginning with aws: are reserved'],
    ['TagResource', { Tags: Array.from({ length: 51 }, (_, index) => tag(`k${index}`, '')) }, 'Too many tags'],
    ['TagResource', { Tags: [tag('claviger:environment', 'prod')] }, undefined],
    ['TagResource', { Tags: [tag('claviger:owner', 'somebody')] }, undefined],
    ['TagResource', { Tags: [tag('claviger:colour', 'red')] }, undefined],
    ['UntagResource', { TagKeys: ['claviger:environment'] }, undefined],
  ])('%s refuses %j as TagException', async (operation, input, message) => {
    const { KeyId } = await create({ Tags: [tag('claviger:environment', 'dev'), tag('keep', 'me')] });
    const answer = await kms.call(operation, { KeyId, ...input });
    expect(answer).toMatchObject({ status: 400, error: 'TagException' });
    if (message !== undefined) {
      expect(answer.message).toBe(message);
    }
    expect(await tags(KeyId)).toEqual([tag('claviger:environment', 'dev'), tag('keep', 'me')]);
  });

  it('repeats a reserved value without an error', async () => {
    const { KeyId } = await create({ Tags: [tag('claviger:environment', 'prod')] });
    await kms.ok('TagResource', { KeyId, Tags: [tag('claviger:environment', 'prod')] });
  });

  it('counts the tags a key has already', async () => {
    const { KeyId } = await create({ Tags: Array.from({ length: 50 }, (_, index) => tag(`k${index}`, '')) });
    expect(await kms.call('TagResource', { KeyId, Tags: [tag('new', '')] })).toMatchObject({
      error: 'TagException',
      message: 'Too many tags',
    });
    await kms.ok('TagResource', { KeyId, Tags: [tag('k7', 'changed')] });
  });

  it('names a bad tag by its place', async () => {
    const { KeyId } = await create();
    const answer = await kms.call('TagResource', { KeyId, Tags: [tag('', 'x')] });
    expect(answer.message).toBe(
      "1 validation error detected: Value '' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  });

  it('are listed in pages, each once', async () => {
    const { KeyId } = await create({ Tags: Array.from({ length: 7 }, (_, index) => tag(`k${index}`, 'v')) });
    const seen: object[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.ok('ListResourceTags', { KeyId, Limit: 3, Marker });
      seen.push(...page.Tags);
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(seen).toEqual(await tags(KeyId));
    expect(seen).toHaveLength(7);
  });
});

describe('the key policy', () => {
  const policy = (more: object = {}): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'kms:*', Resource: '*', ...more }],
    });

  it('is put and got as it is', async () => {
    const { KeyId } = await create();
    const Policy = ` ${policy()}\n`;
    expect(await kms.call('PutKeyPolicy', { KeyId, PolicyName: 'default', Policy })).toMatchObject({
      status: 200,
      body: {},
    });
    expect(await kms.ok('GetKeyPolicy', { KeyId, PolicyName: 'default' })).toEqual({ Policy, PolicyName: 'default' });
  });

  it('has the name default and no other', async () => {
    const { KeyId } = await create();
    const missing = { status: 400, error: 'NotFoundException', message: 'No such policy exists' };
    expect(await kms.call('GetKeyPolicy', { KeyId, PolicyName: 'other' })).toMatchObject(missing);
    expect(await kms.call('PutKeyPolicy', { KeyId, PolicyName: 'other', Policy: policy() })).toMatchObject(missing);
    expect(await kms.ok('ListKeyPolicies', { KeyId })).toEqual({ PolicyNames: ['default'], Truncated: false });
    expect(await kms.call('ListKeyPolicies', { KeyId, Marker: 'default' })).toMatchObject({
      error: 'InvalidMarkerException',
    });
  });

  it.each([
    { wrong: 'no JSON', Policy: '{', error: 'MalformedPolicyDocumentException' },
    { wrong: 'malformed', Policy: policy({ Effect: 'allow' }), error: 'MalformedPolicyDocumentException' },
    {
      wrong: 'for others only',
      Policy: policy({ Principal: { AWS: 'arn:aws:iam::000000000000:user/other' } }),
      error: 'MalformedPolicyDocumentException',
    },
    { wrong: 'too long', Policy: policy({ Sid: 'x'.repeat(33_000) }), error: 'LimitExceededException' },
  ])('refuses what is $wrong as $error, and stays', async ({ Policy, error }) => {
    const { KeyId } = await create();
    const before = await kms.ok('GetKeyPolicy', { KeyId });
    expect(await kms.call('PutKeyPolicy', { KeyId, Policy })).toMatchObject({ status: 400, error });
    expect(await kms.ok('GetKeyPolicy', { KeyId })).toEqual(before);
  });

  it('may lock its author out when told so', async () => {
    const { KeyId } = await create();
    const Policy = policy({ Principal: { AWS: 'arn:aws:iam::000000000000:user/other' } });
    await kms.ok('PutKeyPolicy', { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true });
    expect((await kms.ok('GetKeyPolicy', { KeyId })).Policy).toBe(Policy);
  });

  it('takes the largest policy that the wire allows as far as the check of its size', async () => {
    const { KeyId } = await create();
    const Policy = `"${'"'.repeat(131_070)}`;
    expect(await kms.call('PutKeyPolicy', { KeyId, Policy })).toMatchObject({ status: 413 });
    const fits = `${policy()}${' '.repeat(131_072 - policy().length)}`;
    expect(await kms.call('PutKeyPolicy', { KeyId, Policy: fits })).toMatchObject({ error: 'LimitExceededException' });
    expect(await kms.call('PutKeyPolicy', { KeyId, Policy: `${fits} ` })).toMatchObject({
      error: 'ValidationException',
    });
  });
});
