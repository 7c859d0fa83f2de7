import { base64, startAwsKms, type TestAwsKms } from '../../../../../test/support/aws-kms.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DAY = 86_400;

let kms: TestAwsKms;
beforeAll(async () => {
  kms = await startAwsKms();
});
afterAll(() => kms.close());

const now = (): number => kms.application.parts.clock.now() / 1000;
const create = async (input: object = {}): Promise<{ KeyId: string; Arn: string } & Record<string, unknown>> =>
  (await kms.ok('CreateKey', input)).KeyMetadata;
const keyCount = async (): Promise<number> => (await kms.ok('ListKeys', { Limit: 1000 })).Keys.length;

describe('CreateKey', () => {
  it('answers the metadata of a symmetric key when nothing is said', async () => {
    const key = await create();
    expect(key).toEqual({
      AWSAccountId: '000000000000',
      KeyId: expect.stringMatching(UUID),
      Arn: `arn:aws:kms:us-east-1:000000000000:key/${key.KeyId}`,
      CreationDate: now(),
      Enabled: true,
      Description: '',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const policy = JSON.parse((await kms.ok('GetKeyPolicy', { KeyId: key.KeyId })).Policy);
    expect(policy).toMatchObject({
      Id: 'key-default-1',
      Statement: [{ Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*' }],
    });
  });

  it.each([
    ['RSA_2048', 'ENCRYPT_DECRYPT', { EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] }],
    ['ECC_NIST_P384', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_384'] }],
    ['ECC_SECG_P256K1', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_256'] }],
    ['HMAC_512', 'GENERATE_VERIFY_MAC', { MacAlgorithms: ['HMAC_SHA_512'] }],
  ])('makes a %s key for %s, with the algorithms of that usage only', async (KeySpec, KeyUsage, algorithms) => {
    const key = await create({ KeySpec, KeyUsage });
    expect(key).toMatchObject({ KeySpec, CustomerMasterKeySpec: KeySpec, KeyUsage, ...algorithms });
    const lists = ['EncryptionAlgorithms', 'SigningAlgorithms', 'MacAlgorithms'].filter((list) => list in key);
    expect(lists).toEqual(Object.keys(algorithms));
    expect(key).not.toHaveProperty('CurrentKeyMaterialId');
  });

  it('leaves the deprecated spec out for Ed25519, which that enumeration does not have', async () => {
    const key = await create({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
    expect(key).toMatchObject({
      KeySpec: 'ECC_NIST_EDWARDS25519',
      SigningAlgorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'],
    });
    expect(key).not.toHaveProperty('CustomerMasterKeySpec');
  });

  it('takes the deprecated CustomerMasterKeySpec', async () => {
    const input = { CustomerMasterKeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Description: 'ü 鍵' };
    expect(await create(input)).toMatchObject({ KeySpec: 'ECC_NIST_P256', Description: 'ü 鍵' });
  });

  it.each([
    [
      { KeySpec: 'RSA_2048', CustomerMasterKeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
      'ValidationException',
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    ],
    [
      { KeySpec: 'RSA_2048' },
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    ],
    [
      { KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' },
      'ValidationException',
      'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
    ],
    [
      { KeyUsage: 'SIGN_VERIFY' },
      'ValidationException',
      'KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT',
    ],
    [
      { KeySpec: 'HMAC_256', KeyUsage: 'SIGN_VERIFY' },
      'ValidationException',
      'KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256',
    ],
    [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }, 'UnsupportedOperationException', undefined],
    [{ KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException', undefined],
    [{ KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' }, 'UnsupportedOperationException', undefined],
    [{ KeySpec: 'SM2', KeyUsage: 'ENCRYPT_DECRYPT' }, 'UnsupportedOperationException', undefined],
    [{ Origin: 'EXTERNAL' }, 'UnsupportedOperationException', undefined],
    [{ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-1234567890abcdef0' }, 'UnsupportedOperationException', undefined],
    [{ Origin: 'EXTERNAL_KEY_STORE' }, 'UnsupportedOperationException', undefined],
    [{ CustomKeyStoreId: 'cks-1234567890abcdef0' }, 'UnsupportedOperationException', undefined],
    [{ XksKeyId: 'bb8562717f809024' }, 'UnsupportedOperationException', undefined],
    [{ MultiRegion: true }, 'UnsupportedOperationException', undefined],
    [{ Policy: 'no json' }, 'MalformedPolicyDocumentException', 'The policy is not valid JSON.'],
    [
      {
        Tags: [
          { TagKey: 'a', TagValue: '1' },
          { TagKey: 'a', TagValue: '2' },
        ],
      },
      'TagException',
      'Duplicate tag keys',
    ],
    [{ Tags: [{ TagKey: 'aws:a', TagValue: '1' }] }, 'TagException', 'Tags beginning with aws: are reserved'],
    [{ Tags: [{ TagKey: 'claviger:data-class', TagValue: 'secret' }] }, 'TagException', undefined],
    [{ Tags: [{ TagKey: 'claviger:environment', TagValue: 'Prod' }] }, 'TagException', undefined],
    [{ Tags: [{ TagKey: 'claviger:unknown', TagValue: 'x' }] }, 'TagException', undefined],
    [
      { Tags: Array.from({ length: 51 }, (_, index) => ({ TagKey: `k${index}`, TagValue: '' })) },
      'TagException',
      'Too many tags',
    ],
    [
      { KeySpec: 'AES_128' },
      'ValidationException',
      expect.stringMatching(
        /^1 validation error detected: Value 'AES_128' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[/,
      ),
    ],
  ])('refuses %j as %s and creates nothing', async (input, error, message) => {
    const before = await keyCount();
    const answer = await kms.call('CreateKey', input);
    expect(answer).toMatchObject({ status: 400, error });
    if (message !== undefined) {
      expect(answer.message).toEqual(message);
    }
    expect(await keyCount()).toBe(before);
  });

  it('refuses a policy that locks its author out, unless told to bypass that check', async () => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:user/other' }, Action: 'kms:*', Resource: '*' },
      ],
    });
    expect(await kms.call('CreateKey', { Policy })).toMatchObject({ error: 'MalformedPolicyDocumentException' });
    const key = await create({ Policy, BypassPolicyLockoutSafetyCheck: true });
    expect((await kms.ok('GetKeyPolicy', { KeyId: key.KeyId })).Policy).toBe(Policy);
  });

  it('turns reserved tags into attributes that are listed as tags (R-53, R-55, R-63)', async () => {
    const Tags = [
      { TagKey: 'claviger:environment', TagValue: 'prod' },
      { TagKey: 'claviger:data-class', TagValue: 'confidential' },
      { TagKey: 'claviger:owner', TagValue: 'team-payments' },
      { TagKey: 'service', TagValue: 'checkout' },
    ];
    const key = await create({ Tags });
    const listed = (await kms.ok('ListResourceTags', { KeyId: key.KeyId })).Tags;
    expect(new Set(listed.map((tag: object) => JSON.stringify(tag)))).toEqual(
      new Set(Tags.map((tag) => JSON.stringify(tag))),
    );
    const { attributes } = (await kms.application.parts.keyState.key('000000000000', 'us-east-1', key.KeyId))!;
    expect(attributes).toMatchObject({ environment: 'prod', dataClass: 'confidential', owner: 'team-payments' });
    expect(attributes.tags).toEqual([{ key: 'service', value: 'checkout' }]);
  });

  it('takes environment and data class from the account when no tag says them', async () => {
    const key = await create();
    const { attributes } = (await kms.application.parts.keyState.key('000000000000', 'us-east-1', key.KeyId))!;
    expect(attributes).toMatchObject({ environment: 'dev', dataClass: 'internal', owner: null, taggedAttributes: [] });
  });
});

describe('DescribeKey', () => {
  it('finds a key by id, ARN, alias and alias ARN', async () => {
    const key = await create();
    await kms.ok('CreateAlias', { AliasName: 'alias/described', TargetKeyId: key.KeyId });
    for (const KeyId of [key.KeyId, key.Arn, 'alias/described', 'arn:aws:kms:us-east-1:000000000000:alias/described']) {
      expect((await kms.ok('DescribeKey', { KeyId })).KeyMetadata).toEqual(key);
    }
  });

  it.each([
    [
      '12345678-1234-1234-1234-123456789012',
      'NotFoundException',
      "Key 'arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012' does not exist",
    ],
    [
      'mrk-1234567890abcdef1234567890abcdef',
      'NotFoundException',
      "Key 'arn:aws:kms:us-east-1:000000000000:key/mrk-1234567890abcdef1234567890abcdef' does not exist",
    ],
    ['no-id', 'NotFoundException', "Invalid keyId 'no-id'"],
    ['alias/none', 'NotFoundException', 'Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found.'],
    [
      'arn:aws:kms:eu-west-1:000000000000:key/12345678-1234-1234-1234-123456789012',
      'NotFoundException',
      'Invalid arn eu-west-1',
    ],
    [
      'arn:aws:kms:us-east-1:999999999999:key/12345678-1234-1234-1234-123456789012',
      'NotFoundException',
      "Key 'arn:aws:kms:us-east-1:999999999999:key/12345678-1234-1234-1234-123456789012' does not exist",
    ],
    ['arn:aws:kms:us-east-1', 'InvalidArnException', 'Invalid arn arn:aws:kms:us-east-1'],
  ])('says of %s: %s', async (KeyId, error, message) => {
    expect(await kms.call('DescribeKey', { KeyId })).toMatchObject({ status: 400, error, message });
  });

  it('names a missing argument as AWS does', async () => {
    expect(await kms.call('DescribeKey')).toMatchObject({
      error: 'ValidationException',
      message:
        "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    });
  });

  it('shows keys that only the admin API makes as SYMMETRIC_DEFAULT', async () => {
    const { keyMetadata } = await import('./key-metadata.js');
    const { KeyId } = await create();
    const { attributes } = (await kms.application.parts.keyState.key('000000000000', 'us-east-1', KeyId))!;
    for (const spec of ['AES_128', 'XCHACHA20_POLY1305'] as const) {
      expect(keyMetadata({ ...attributes, spec }, null)).toMatchObject({
        KeySpec: 'SYMMETRIC_DEFAULT',
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      });
    }
  });
});

describe('ListKeys', () => {
  it('pages through all keys, each once', async () => {
    await create();
    const all = (await kms.ok('ListKeys', { Limit: 1000 })).Keys;
    const seen: object[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.ok('ListKeys', { Limit: 2, Marker });
      seen.push(...page.Keys);
      expect(page.Truncated).toBe(page.NextMarker !== undefined);
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(seen).toEqual(all);
    expect(seen[0]).toEqual({ KeyId: expect.stringMatching(UUID), KeyArn: expect.stringContaining(':key/') });
  });

  it('refuses a marker that it did not give', async () => {
    await create();
    await create();
    const { NextMarker } = await kms.ok('ListKeys', { Limit: 1 });
    for (const [operation, Marker] of [
      ['ListKeys', 'x'],
      ['ListKeys', `${NextMarker}A`],
      ['ListKeys', base64('ListKeys\n')],
      ['ListAliases', NextMarker],
    ] as const) {
      expect(await kms.call(operation, { Marker })).toMatchObject({ status: 400, error: 'InvalidMarkerException' });
    }
  });
});

describe('the life of a key', () => {
  it('is disabled and enabled, and says so when it is used (R-107)', async () => {
    const { KeyId, Arn } = await create();
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x') });
    expect(await kms.call('DisableKey', { KeyId })).toMatchObject({ status: 200, body: {} });
    expect((await kms.ok('DescribeKey', { KeyId })).KeyMetadata).toMatchObject({
      Enabled: false,
      KeyState: 'Disabled',
    });
    const refused = { status: 400, error: 'DisabledException', message: `${Arn} is disabled.` };
    expect(await kms.call('Decrypt', { CiphertextBlob })).toMatchObject(refused);
    expect(await kms.call('Encrypt', { KeyId, Plaintext: base64('x') })).toMatchObject(refused);
    expect(await kms.call('RotateKeyOnDemand', { KeyId })).toMatchObject(refused);
    await kms.ok('DisableKey', { KeyId });
    await kms.ok('EnableKey', { KeyId: Arn });
    expect((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext).toBe(base64('x'));
  });

  it('is scheduled for deletion, cancelled, and Disabled afterwards (R-103)', async () => {
    const { KeyId, Arn } = await create();
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x') });
    const DeletionDate = now() + 7 * DAY;
    expect(await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })).toEqual({
      KeyId: Arn,
      DeletionDate,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 7,
    });
    expect((await kms.ok('DescribeKey', { KeyId })).KeyMetadata).toMatchObject({
      Enabled: false,
      KeyState: 'PendingDeletion',
      DeletionDate,
    });
    const refused = { status: 400, error: 'KMSInvalidStateException', message: `${Arn} is pending deletion.` };
    for (const [operation, more] of [
      ['Decrypt', { CiphertextBlob }],
      ['Encrypt', { Plaintext: base64('x') }],
      ['GenerateDataKey', { KeySpec: 'AES_256' }],
      ['EnableKey', {}],
      ['DisableKey', {}],
      ['ScheduleKeyDeletion', {}],
      ['UpdateKeyDescription', { Description: 'x' }],
      ['TagResource', { Tags: [{ TagKey: 'a', TagValue: 'b' }] }],
      ['UntagResource', { TagKeys: ['a'] }],
      ['EnableKeyRotation', {}],
      ['DisableKeyRotation', {}],
      ['RotateKeyOnDemand', {}],
    ] as const) {
      expect(await kms.call(operation, { KeyId, ...more })).toMatchObject(refused);
    }
    expect(await kms.call('CreateAlias', { TargetKeyId: KeyId, AliasName: 'alias/doomed' })).toMatchObject(refused);
    for (const operation of [
      'GetKeyPolicy',
      'ListKeyPolicies',
      'ListResourceTags',
      'GetKeyRotationStatus',
      'ListAliases',
    ]) {
      await kms.ok(operation, { KeyId });
    }
    expect(await kms.ok('CancelKeyDeletion', { KeyId })).toEqual({ KeyId: Arn });
    expect((await kms.ok('DescribeKey', { KeyId })).KeyMetadata).toMatchObject({ KeyState: 'Disabled' });
    expect((await kms.ok('DescribeKey', { KeyId })).KeyMetadata).not.toHaveProperty('DeletionDate');
    expect(await kms.call('CancelKeyDeletion', { KeyId })).toMatchObject({
      error: 'KMSInvalidStateException',
      message: `${Arn} is not pending deletion.`,
    });
  });

  it('waits 30 days for its deletion when nothing is said, and at least 7', async () => {
    const { KeyId } = await create();
    for (const PendingWindowInDays of [1, 6, 31, 90]) {
      expect(await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays })).toMatchObject({
        status: 400,
        error: 'ValidationException',
      });
    }
    expect(await kms.ok('ScheduleKeyDeletion', { KeyId })).toMatchObject({
      DeletionDate: now() + 30 * DAY,
      PendingWindowInDays: 30,
    });
  });

  it('changes its description', async () => {
    const { KeyId } = await create({ Description: 'a' });
    await kms.ok('UpdateKeyDescription', { KeyId, Description: 'b' });
    expect((await kms.ok('DescribeKey', { KeyId })).KeyMetadata).toMatchObject({ Description: 'b' });
  });

  it('is not managed by alias: AWS takes key ids and ARNs there', async () => {
    const { KeyId } = await create();
    await kms.ok('CreateAlias', { AliasName: 'alias/managed', TargetKeyId: KeyId });
    for (const operation of ['DisableKey', 'EnableKey', 'GetKeyPolicy', 'ScheduleKeyDeletion', 'ListResourceTags']) {
      expect(await kms.call(operation, { KeyId: 'alias/managed' })).toMatchObject({
        error: 'NotFoundException',
        message: "Invalid keyId 'alias/managed'",
      });
    }
    const KeyArn = 'arn:aws:kms:us-east-1:000000000000:alias/managed';
    expect(await kms.call('DisableKey', { KeyId: KeyArn })).toMatchObject({ error: 'InvalidArnException' });
  });
});
