import { base64, startAwsKms, type TestAwsKms } from '../../../../../test/support/aws-kms.js';

let kms: TestAwsKms;
let KeyId: string;
let Arn: string;
let KeyMaterialId: string;
beforeAll(async () => {
  kms = await startAwsKms();
  const { KeyMetadata } = await kms.ok('CreateKey');
  ({ KeyId, Arn, CurrentKeyMaterialId: KeyMaterialId } = KeyMetadata);
});
afterAll(() => kms.close());

const EncryptionContext = { tenant: '7', 'ü b': '鍵' };
const INCORRECT = 'The key ID in the request does not identify a CMK that can perform this operation.';

describe('Encrypt and Decrypt', () => {
  it('return what was put in, name key and material, and need no key id to decrypt (R-23, R-24)', async () => {
    const Plaintext = base64('hello');
    const sealed = await kms.ok('Encrypt', { KeyId, Plaintext, EncryptionContext });
    expect(sealed).toEqual({
      CiphertextBlob: expect.any(String),
      KeyId: Arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
    const { CiphertextBlob } = sealed;
    const opened = { KeyId: Arn, Plaintext, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT', KeyMaterialId };
    const reordered = { 'ü b': '鍵', tenant: '7' };
    expect(await kms.ok('Decrypt', { CiphertextBlob, EncryptionContext: reordered })).toEqual(opened);
    expect(await kms.ok('Decrypt', { CiphertextBlob, EncryptionContext, KeyId })).toEqual(opened);
    expect(await kms.ok('Decrypt', { CiphertextBlob, EncryptionContext, GrantTokens: ['token'] })).toEqual(opened);
  });

  it('refuse another context, an altered ciphertext and what is none, without a word more', async () => {
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x'), EncryptionContext });
    const altered = Buffer.from(CiphertextBlob, 'base64');
    altered[altered.length - 1]! ^= 1;
    for (const input of [
      { CiphertextBlob },
      { CiphertextBlob, EncryptionContext: { ...EncryptionContext, tenant: '8' } },
      { CiphertextBlob: base64(altered), EncryptionContext },
      { CiphertextBlob: base64('nonsense'), EncryptionContext },
      { CiphertextBlob: base64('nonsense'), EncryptionContext, KeyId },
    ]) {
      expect(await kms.call('Decrypt', input)).toMatchObject({
        status: 400,
        body: { __type: 'InvalidCiphertextException' },
        message: undefined,
      });
    }
  });

  it('tell a key that is not the one inside from one that cannot decrypt', async () => {
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x') });
    const other = (await kms.ok('CreateKey')).KeyMetadata.KeyId;
    expect(await kms.call('Decrypt', { CiphertextBlob, KeyId: other })).toMatchObject({
      error: 'IncorrectKeyException',
      message: INCORRECT,
    });
    const mac = (await kms.ok('CreateKey', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })).KeyMetadata;
    expect(await kms.call('Decrypt', { CiphertextBlob, KeyId: mac.KeyId })).toMatchObject({
      error: 'InvalidKeyUsageException',
      message: `${mac.Arn} key usage is GENERATE_VERIFY_MAC which is not valid for Decrypt.`,
    });
    expect(await kms.call('Decrypt', { CiphertextBlob, KeyId: 'alias/none' })).toMatchObject({
      error: 'NotFoundException',
    });
  });

  it('deny a ciphertext whose key is not there', async () => {
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x') });
    const foreign = Buffer.from(CiphertextBlob, 'base64');
    foreign[10]! ^= 0xff;
    expect(await kms.call('Decrypt', { CiphertextBlob: base64(foreign) })).toMatchObject({
      error: 'AccessDeniedException',
      message:
        'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    });
  });

  it('bound the plaintext, and say how larger data is encrypted (R-22)', async () => {
    const largest = await kms.ok('Encrypt', { KeyId, Plaintext: base64(Buffer.alloc(4096)) });
    expect((await kms.ok('Decrypt', largest)).Plaintext).toBe(base64(Buffer.alloc(4096)));
    expect(await kms.call('Encrypt', { KeyId, Plaintext: base64(Buffer.alloc(4097)) })).toMatchObject({
      error: 'ValidationException',
      message:
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096. " +
        'Encrypt larger data with a data key (GenerateDataKey).',
    });
    expect(await kms.call('Encrypt', { KeyId, Plaintext: '' })).toMatchObject({ error: 'ValidationException' });
  });

  it('bound the encryption context, which goes into the record', async () => {
    const fits = { k: 'v'.repeat(8191) };
    await kms.ok('Encrypt', { KeyId, Plaintext: base64('x'), EncryptionContext: fits });
    const answer = await kms.call('Encrypt', { KeyId, Plaintext: base64('x'), EncryptionContext: { kk: fits.k } });
    expect(answer).toMatchObject({ status: 400, error: 'ValidationException' });
  });

  it('check everything in a dry run, and do nothing', async () => {
    const dry = {
      status: 400,
      error: 'DryRunOperationException',
      message: 'The request would have succeeded, but the DryRun option is set.',
    };
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x') });
    for (const [operation, input] of [
      ['Encrypt', { KeyId, Plaintext: base64('x') }],
      ['Decrypt', { CiphertextBlob }],
      ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
      ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
      ['GenerateDataKeyWithoutPlaintext', { KeyId, NumberOfBytes: 5 }],
    ] as const) {
      expect(await kms.call(operation, { ...input, DryRun: true })).toMatchObject(dry);
    }
    expect(await kms.call('Encrypt', { KeyId: 'alias/none', Plaintext: base64('x'), DryRun: true })).toMatchObject({
      error: 'NotFoundException',
    });
  });

  it('refuse what is not offered', async () => {
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x') });
    const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: base64('x') };
    for (const [operation, input] of [
      ['Encrypt', { KeyId, Plaintext: base64('x'), EncryptionAlgorithm: 'SM2PKE' }],
      ['Decrypt', { CiphertextBlob, Recipient }],
      ['GenerateDataKey', { KeyId, KeySpec: 'AES_256', Recipient }],
      ['GenerateRandom', { NumberOfBytes: 1, Recipient }],
      ['GenerateRandom', { NumberOfBytes: 1, CustomKeyStoreId: 'cks-1234567890abcdef0' }],
      ['Decrypt', { KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }],
      ['ReEncrypt', { DestinationKeyId: KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }],
    ] as const) {
      expect(await kms.call(operation, input)).toMatchObject({ status: 400, error: 'UnsupportedOperationException' });
    }
  });

  it('name an algorithm that the key does not have', async () => {
    expect(
      await kms.call('Encrypt', { KeyId, Plaintext: base64('x'), EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }),
    ).toMatchObject({
      error: 'InvalidKeyUsageException',
      message: 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
    });
  });
});

describe('ReEncrypt', () => {
  it('moves a ciphertext to another key and context (R-45)', async () => {
    const to = (await kms.ok('CreateKey')).KeyMetadata;
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: base64('x'), EncryptionContext });
    const moved = await kms.ok('ReEncrypt', {
      CiphertextBlob,
      SourceKeyId: KeyId,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: to.KeyId,
      DestinationEncryptionContext: { new: 'context' },
    });
    expect(moved).toEqual({
      CiphertextBlob: expect.any(String),
      SourceKeyId: Arn,
      KeyId: to.Arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: KeyMaterialId,
      DestinationKeyMaterialId: to.CurrentKeyMaterialId,
    });
    expect(
      await kms.ok('Decrypt', { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { new: 'context' } }),
    ).toMatchObject({ Plaintext: base64('x'), KeyId: to.Arn });
    expect(await kms.call('ReEncrypt', { CiphertextBlob, DestinationKeyId: to.KeyId })).toMatchObject({
      body: { __type: 'InvalidCiphertextException' },
    });
  });
});

describe('data keys', () => {
  it.each([
    [{ KeySpec: 'AES_128' }, 16],
    [{ KeySpec: 'AES_256' }, 32],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
  ])('%j gives %i bytes, which Decrypt unwraps (R-16, R-18)', async (input, length) => {
    const made = await kms.ok('GenerateDataKey', { KeyId, EncryptionContext, ...input });
    expect(made).toEqual({
      CiphertextBlob: expect.any(String),
      Plaintext: expect.any(String),
      KeyId: Arn,
      KeyMaterialId,
    });
    expect(Buffer.from(made.Plaintext, 'base64')).toHaveLength(length);
    const { CiphertextBlob } = made;
    expect((await kms.ok('Decrypt', { CiphertextBlob, EncryptionContext })).Plaintext).toBe(made.Plaintext);
    const hidden = await kms.ok('GenerateDataKeyWithoutPlaintext', { KeyId, ...input });
    expect(hidden).toEqual({ CiphertextBlob: expect.any(String), KeyId: Arn, KeyMaterialId });
    const later = await kms.ok('Decrypt', { CiphertextBlob: hidden.CiphertextBlob });
    expect(Buffer.from(later.Plaintext, 'base64')).toHaveLength(length);
  });

  it('are asked for by spec or by length, not both and not neither', async () => {
    for (const input of [{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }]) {
      for (const operation of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']) {
        expect(await kms.call(operation, { KeyId, ...input })).toMatchObject({
          error: 'ValidationException',
          message: 'Please specify either number of bytes or key spec.',
        });
      }
    }
    expect(await kms.call('GenerateDataKey', { KeyId, NumberOfBytes: 1025 })).toMatchObject({
      message:
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
    });
  });
});

describe('GenerateRandom', () => {
  it('gives that many bytes, other ones each time (R-9)', async () => {
    const one = await kms.ok('GenerateRandom', { NumberOfBytes: 1024 });
    expect(Buffer.from(one.Plaintext, 'base64')).toHaveLength(1024);
    expect(await kms.ok('GenerateRandom', { NumberOfBytes: 1024 })).not.toEqual(one);
    expect(await kms.call('GenerateRandom')).toMatchObject({
      error: 'ValidationException',
      message: 'NumberOfBytes is required.',
    });
  });
});

it('wipes plaintext once the answer is rendered (R-2)', async () => {
  const seen: Uint8Array[] = [];
  const watched = await startAwsKms({
    deps: (deps) => {
      const { encrypt, decrypt, generateDataKey, generateRandom } = deps.uses;
      const encrypting = encrypt.execute.bind(encrypt);
      encrypt.execute = (call, input) => {
        seen.push(input.plaintext);
        return encrypting(call, input);
      };
      for (const use of [decrypt, generateDataKey]) {
        const execute = use.execute.bind(use) as (...given: never[]) => Promise<{ plaintext: Uint8Array }>;
        (use as { execute: unknown }).execute = async (...given: never[]) => {
          const result = await execute(...given);
          seen.push(result.plaintext);
          return result;
        };
      }
      const random = generateRandom.execute.bind(generateRandom);
      generateRandom.execute = async (call, length) => {
        const bytes = await random(call, length);
        seen.push(bytes);
        return bytes;
      };
      return deps;
    },
  });
  try {
    const key = (await watched.ok('CreateKey')).KeyMetadata;
    const { CiphertextBlob } = await watched.ok('Encrypt', { KeyId: key.KeyId, Plaintext: base64('secret') });
    expect(await watched.ok('Decrypt', { CiphertextBlob })).toMatchObject({ Plaintext: base64('secret') });
    await watched.ok('GenerateDataKey', { KeyId: key.KeyId, KeySpec: 'AES_256' });
    await watched.ok('GenerateRandom', { NumberOfBytes: 32 });
    await watched.call('Encrypt', { KeyId: 'alias/none', Plaintext: base64('secret') });
    expect(seen.map((bytes) => bytes.length)).toEqual([6, 6, 32, 32, 6]);
    for (const bytes of seen) {
      expect(bytes.every((byte) => byte === 0)).toBe(true);
    }
  } finally {
    await watched.close();
  }
});
