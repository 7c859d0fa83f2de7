import { base64, startAwsKms, type TestAwsKms } from '../../../../../test/support/aws-kms.js';
import { everyDays, periodInDays } from './rotation.js';

const DAY = 86_400;

let kms: TestAwsKms;
beforeAll(async () => {
  kms = await startAwsKms();
});
afterAll(() => kms.close());

const now = (): number => kms.application.parts.clock.now() / 1000;
const create = async (input: object = {}): Promise<{ KeyId: string; Arn: string; CurrentKeyMaterialId: string }> =>
  (await kms.ok('CreateKey', input)).KeyMetadata;

describe('automatic rotation', () => {
  it('is off for a new key, on for 365 days when nothing is said, and off again', async () => {
    const { KeyId } = await create();
    expect(await kms.ok('GetKeyRotationStatus', { KeyId })).toEqual({ KeyId, KeyRotationEnabled: false });
    expect(await kms.call('EnableKeyRotation', { KeyId })).toMatchObject({ status: 200, body: {} });
    expect(await kms.ok('GetKeyRotationStatus', { KeyId })).toEqual({
      KeyId,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 365,
      NextRotationDate: now() + 365 * DAY,
    });
    await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    expect(await kms.ok('GetKeyRotationStatus', { KeyId })).toMatchObject({
      RotationPeriodInDays: 90,
      NextRotationDate: now() + 90 * DAY,
    });
    await kms.ok('DisableKeyRotation', { KeyId });
    await kms.ok('DisableKeyRotation', { KeyId });
    expect(await kms.ok('GetKeyRotationStatus', { KeyId })).toEqual({ KeyId, KeyRotationEnabled: false });
  });

  it.each([89, 2561])('refuses a period of %i days', async (RotationPeriodInDays) => {
    const { KeyId } = await create();
    expect(await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays })).toMatchObject({
      status: 400,
      error: 'ValidationException',
    });
  });

  it('reads as off while a deletion is pending, and comes back with the key', async () => {
    const { KeyId, Arn } = await create();
    await kms.ok('EnableKeyRotation', { KeyId });
    await kms.ok('ScheduleKeyDeletion', { KeyId });
    expect(await kms.ok('GetKeyRotationStatus', { KeyId })).toEqual({ KeyId, KeyRotationEnabled: false });
    await kms.ok('CancelKeyDeletion', { KeyId });
    expect(await kms.ok('GetKeyRotationStatus', { KeyId })).toMatchObject({ KeyRotationEnabled: true });
    expect(await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 100 })).toMatchObject({
      error: 'DisabledException',
      message: `${Arn} is disabled.`,
    });
  });

  it('keeps what the key’s policy says about expiry and notices', () => {
    const current = {
      enabled: false,
      lifetimeActions: [
        { action: 'rotate' as const, timeBeforeExpiry: 'P10D' },
        { action: 'notify' as const, timeBeforeExpiry: 'P30D' },
      ],
      expiryTime: 'P2Y',
    };
    expect(everyDays(current, 180)).toEqual({
      enabled: true,
      lifetimeActions: [
        { action: 'notify', timeBeforeExpiry: 'P30D' },
        { action: 'rotate', timeAfterCreate: 'P180D' },
      ],
      expiryTime: 'P2Y',
    });
    expect(periodInDays(current)).toBe(720);
    expect(periodInDays({ ...current, lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1Y' }] })).toBe(365);
    expect(periodInDays({ ...current, lifetimeActions: [] })).toBeUndefined();
  });
});

describe('rotation on demand', () => {
  it('makes new material, and what was encrypted before still decrypts (R-24, R-98)', async () => {
    const { KeyId, CurrentKeyMaterialId } = await create();
    const old = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x') });
    kms.application.parts.clock.advance(5000);
    const rotatedAt = now();
    expect(await kms.ok('RotateKeyOnDemand', { KeyId })).toEqual({ KeyId });
    const { KeyMetadata } = await kms.ok('DescribeKey', { KeyId });
    expect(KeyMetadata.CurrentKeyMaterialId).not.toBe(CurrentKeyMaterialId);
    const decrypted = await kms.ok('Decrypt', { CiphertextBlob: old.CiphertextBlob });
    expect(decrypted).toMatchObject({ Plaintext: base64('x'), KeyMaterialId: CurrentKeyMaterialId });
    const fresh = await kms.ok('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
    expect(fresh.KeyMaterialId).toBe(KeyMetadata.CurrentKeyMaterialId);
    const rotation = {
      KeyId,
      KeyMaterialId: KeyMetadata.CurrentKeyMaterialId,
      KeyMaterialState: 'CURRENT',
      RotationDate: rotatedAt,
      RotationType: 'ON_DEMAND',
    };
    expect(await kms.ok('ListKeyRotations', { KeyId })).toEqual({ Rotations: [rotation], Truncated: false });
    expect(await kms.ok('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).toEqual({
      Rotations: [{ KeyId, KeyMaterialId: CurrentKeyMaterialId, KeyMaterialState: 'NON_CURRENT' }, rotation],
      Truncated: false,
    });
  });

  it('happens at most 25 times per key, lists them in pages, and knows the repetition of the last one', async () => {
    const { KeyId, Arn } = await create();
    for (let count = 1; count < 25; count += 1) {
      await kms.ok('RotateKeyOnDemand', { KeyId });
    }
    const last = { invocationId: '2d9b3d0f-3b6c-4f0e-8d5e-0d4a41f1f6aa' };
    await kms.ok('RotateKeyOnDemand', { KeyId }, last);
    await kms.ok('RotateKeyOnDemand', { KeyId }, last);
    const refused = await kms.call('RotateKeyOnDemand', { KeyId });
    expect(refused).toMatchObject({ status: 400, error: 'LimitExceededException' });
    expect(refused.message).toContain(Arn);
    const seen: { KeyMaterialId: string; KeyMaterialState: string }[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.ok('ListKeyRotations', { KeyId, Limit: 10, Marker });
      seen.push(...page.Rotations);
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(new Set(seen.map((entry) => entry.KeyMaterialId)).size).toBe(25);
    const invented = Buffer.from('ListKeyRotations\nx').toString('base64url');
    expect(await kms.call('ListKeyRotations', { KeyId, Marker: invented })).toMatchObject({
      error: 'InvalidMarkerException',
    });
    expect(seen.map((entry) => entry.KeyMaterialState)).toEqual([...Array(24).fill('NON_CURRENT'), 'CURRENT']);
  });
});

it.each([
  ['RSA_2048', 'SIGN_VERIFY'],
  ['HMAC_256', 'GENERATE_VERIFY_MAC'],
])('does not offer any of it for %s keys', async (KeySpec, KeyUsage) => {
  const { KeyId, Arn } = await create({ KeySpec, KeyUsage });
  for (const operation of [
    'EnableKeyRotation',
    'DisableKeyRotation',
    'GetKeyRotationStatus',
    'RotateKeyOnDemand',
    'ListKeyRotations',
  ]) {
    expect(await kms.call(operation, { KeyId })).toMatchObject({
      status: 400,
      error: 'UnsupportedOperationException',
      message: `${Arn} key spec is ${KeySpec} which is not valid for ${operation}.`,
    });
  }
});
