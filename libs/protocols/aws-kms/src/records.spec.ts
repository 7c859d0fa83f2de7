import { base64, startAwsKms, type TestAwsKms } from '../../../../test/support/aws-kms.js';
import type { OperationName } from './operations/operation.js';
import { operations } from './operations/table.js';

/** What each operation is called with: once so that it succeeds, once so that it fails. `k` is made anew for each operation. */
interface Made {
  readonly KeyId: string;
  readonly CiphertextBlob: string;
  readonly hmac: string;
  readonly Mac: string;
  readonly signing: string;
  readonly Signature: string;
}
interface Sample {
  readonly success: (k: Made) => object;
  /** And the kind of error that its record names. */
  readonly failure: readonly [(k: Made) => object, string];
  /** Runs before the success. */
  readonly before?: (k: Made) => Promise<unknown>;
}

let kms: TestAwsKms;
let made: Made;
const Message = base64('message');
const MISSING = '12345678-1234-1234-1234-123456789012';
const missing: Sample['failure'] = [() => ({ KeyId: MISSING }), 'NotFound'];
const byKey: Sample = { success: ({ KeyId }) => ({ KeyId }), failure: missing };
const alias = async ({ KeyId }: Made): Promise<unknown> =>
  kms.ok('CreateAlias', { AliasName: 'alias/sample', TargetKeyId: KeyId });

const samples: Record<OperationName, Sample> = {
  CancelKeyDeletion: {
    before: ({ KeyId }) => kms.ok('ScheduleKeyDeletion', { KeyId }),
    success: byKey.success,
    failure: [byKey.success, 'InvalidKeyState'],
  },
  CreateAlias: {
    success: ({ KeyId }) => ({ AliasName: 'alias/new', TargetKeyId: KeyId }),
    failure: [({ KeyId }) => ({ AliasName: 'alias/aws/x', TargetKeyId: KeyId }), 'InvalidAliasName'],
  },
  CreateKey: { success: () => ({}), failure: [() => ({ MultiRegion: true }), 'Unsupported'] },
  Decrypt: {
    success: ({ CiphertextBlob }) => ({ CiphertextBlob }),
    failure: [() => ({ CiphertextBlob: base64('nonsense') }), 'InvalidCiphertext'],
  },
  DeleteAlias: {
    before: alias,
    success: () => ({ AliasName: 'alias/sample' }),
    failure: [() => ({ AliasName: 'alias/none' }), 'NotFound'],
  },
  DescribeKey: byKey,
  DisableKey: byKey,
  DisableKeyRotation: byKey,
  EnableKey: byKey,
  EnableKeyRotation: byKey,
  Encrypt: {
    success: ({ KeyId }) => ({ KeyId, Plaintext: base64('x') }),
    failure: [() => ({ KeyId: MISSING, Plaintext: base64('x') }), 'NotFound'],
  },
  GenerateDataKey: {
    success: ({ KeyId }) => ({ KeyId, KeySpec: 'AES_256' }),
    failure: [byKey.success, 'Validation'],
  },
  GenerateDataKeyWithoutPlaintext: {
    success: ({ KeyId }) => ({ KeyId, KeySpec: 'AES_256' }),
    failure: [byKey.success, 'Validation'],
  },
  GenerateMac: {
    success: ({ hmac }) => ({ KeyId: hmac, Message, MacAlgorithm: 'HMAC_SHA_256' }),
    failure: [({ KeyId }) => ({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }), 'InvalidKeyUsage'],
  },
  GenerateRandom: { success: () => ({ NumberOfBytes: 8 }), failure: [() => ({}), 'Validation'] },
  GetKeyPolicy: byKey,
  GetKeyRotationStatus: byKey,
  GetPublicKey: { success: ({ signing }) => ({ KeyId: signing }), failure: [byKey.success, 'Unsupported'] },
  ListAliases: { success: () => ({}), failure: [() => ({ Marker: 'x' }), 'InvalidMarker'] },
  ListKeyPolicies: byKey,
  ListKeyRotations: byKey,
  ListKeys: { success: () => ({}), failure: [() => ({ Limit: 0 }), 'Validation'] },
  ListResourceTags: byKey,
  PutKeyPolicy: {
    success: ({ KeyId }) => ({ KeyId, Policy: policy('kms:*') }),
    failure: [({ KeyId }) => ({ KeyId, Policy: policy('nonsense') }), 'MalformedPolicy'],
  },
  ReEncrypt: {
    success: ({ KeyId, CiphertextBlob }) => ({ CiphertextBlob, DestinationKeyId: KeyId }),
    failure: [({ CiphertextBlob }) => ({ CiphertextBlob, DestinationKeyId: MISSING }), 'NotFound'],
  },
  RotateKeyOnDemand: byKey,
  ScheduleKeyDeletion: byKey,
  Sign: {
    success: ({ signing }) => ({ KeyId: signing, Message, SigningAlgorithm: 'ECDSA_SHA_256' }),
    failure: [({ KeyId }) => ({ KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' }), 'InvalidKeyUsage'],
  },
  TagResource: {
    success: ({ KeyId }) => ({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
    failure: [({ KeyId }) => ({ KeyId, Tags: [{ TagKey: 'aws:a', TagValue: 'b' }] }), 'InvalidTag'],
  },
  UntagResource: {
    success: ({ KeyId }) => ({ KeyId, TagKeys: ['a'] }),
    failure: [() => ({ KeyId: MISSING, TagKeys: ['a'] }), 'NotFound'],
  },
  UpdateAlias: {
    before: alias,
    success: ({ KeyId }) => ({ AliasName: 'alias/sample', TargetKeyId: KeyId }),
    failure: [({ KeyId }) => ({ AliasName: 'alias/none', TargetKeyId: KeyId }), 'NotFound'],
  },
  UpdateKeyDescription: {
    success: ({ KeyId }) => ({ KeyId, Description: 'new' }),
    failure: [() => ({ KeyId: MISSING, Description: 'new' }), 'NotFound'],
  },
  Verify: {
    success: ({ signing, Signature }) => ({ KeyId: signing, Message, Signature, SigningAlgorithm: 'ECDSA_SHA_256' }),
    failure: [
      ({ signing, Signature }) => ({
        KeyId: signing,
        Message: base64('y'),
        Signature,
        SigningAlgorithm: 'ECDSA_SHA_256',
      }),
      'InvalidSignature',
    ],
  },
  VerifyMac: {
    success: ({ hmac, Mac }) => ({ KeyId: hmac, Message, Mac, MacAlgorithm: 'HMAC_SHA_256' }),
    failure: [
      ({ hmac, Mac }) => ({ KeyId: hmac, Message: base64('y'), Mac, MacAlgorithm: 'HMAC_SHA_256' }),
      'InvalidMac',
    ],
  },
};

function policy(Action: string): string {
  const statement = { Effect: 'Allow', Principal: { AWS: '*' }, Action, Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

beforeAll(async () => {
  kms = await startAwsKms();
});
afterAll(() => kms.close());

/** Makes the keys that one round of calls works on. */
async function make(): Promise<Made> {
  const create = async (input: object): Promise<string> => (await kms.ok('CreateKey', input)).KeyMetadata.KeyId;
  const KeyId = await create({});
  const hmac = await create({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const signing = await create({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x') });
  const { Mac } = await kms.ok('GenerateMac', { KeyId: hmac, Message, MacAlgorithm: 'HMAC_SHA_256' });
  const { Signature } = await kms.ok('Sign', { KeyId: signing, Message, SigningAlgorithm: 'ECDSA_SHA_256' });
  return { KeyId, CiphertextBlob, hmac, Mac, signing, Signature };
}

/** Records of one request: its journal entries, and its events together as one. */
async function recordsOf(requestId: string): Promise<readonly object[]> {
  const entries = (await kms.application.entries()).filter((entry) => entry.id === requestId);
  const events = (await kms.application.events()).filter((event) => event.requestId === requestId);
  return [...entries, ...(events.length === 0 ? [] : [{ events: events.map((event) => event.type) }])];
}

it('has a sample of every operation', () => {
  expect(Object.keys(samples).sort()).toEqual(Object.keys(operations).sort());
});

describe.each(Object.keys(samples) as OperationName[])('%s', (operation) => {
  beforeAll(async () => {
    made = await make();
  });

  it('leaves exactly one record when it fails', async () => {
    const [input, kind] = samples[operation].failure;
    const answer = await kms.call(operation, input(made));
    expect(answer.status).toBe(400);
    expect(await recordsOf(answer.requestId)).toEqual([
      expect.objectContaining({ operation, result: 'failure', error: kind, principal: expect.any(String) }),
    ]);
  });

  it('leaves exactly one record when its caller may not', async () => {
    await samples[operation].before?.(made);
    const before = (await kms.application.events()).length;
    const answer = await kms.call(operation, samples[operation].success(made), { as: kms.application.nobody });
    expect(answer).toMatchObject({ status: 400, error: 'AccessDeniedException' });
    expect(answer.message).toContain('is not authorized to perform: kms:');
    expect(await recordsOf(answer.requestId)).toEqual([
      expect.objectContaining({ operation, result: 'denied', error: 'AccessDenied', principal: expect.any(String) }),
    ]);
    expect((await kms.application.events()).length).toBe(before);
  });

  it('leaves exactly one record when its caller is unknown', async () => {
    kms.application.parts.clock.advance(61_000);
    const as = { accessKeyId: 'AKIANOBODYKNOWSTHIS00', secretAccessKey: 'x' };
    const answer = await kms.call(operation, samples[operation].success(made), { as });
    expect(answer).toMatchObject({ status: 400, error: 'UnrecognizedClientException' });
    const [record, ...more] = await recordsOf(answer.requestId);
    expect(more).toEqual([]);
    expect(record).toMatchObject({ operation, result: 'denied' });
    expect(record).not.toHaveProperty('principal');
  });

  it('leaves exactly one record when it succeeds', async () => {
    const answer = await kms.call(operation, samples[operation].success(made));
    expect(answer).toMatchObject({ status: 200 });
    const [record, ...more] = await recordsOf(answer.requestId);
    expect(more).toEqual([]);
    if (record !== undefined && !('events' in record)) {
      expect(record).toMatchObject({ operation, result: 'success', protocol: 'aws-kms', region: 'us-east-1' });
    }
  });
});
