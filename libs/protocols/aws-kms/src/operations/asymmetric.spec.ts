import { constants, createHash, createPublicKey, publicEncrypt, verify as verifyWithNode } from 'node:crypto';
import { base64, startAwsKms, type TestAwsKms } from '../../../../../test/support/aws-kms.js';

let kms: TestAwsKms;
beforeAll(async () => {
  kms = await startAwsKms();
});
afterAll(() => kms.close());

const create = async (KeySpec: string, KeyUsage: string): Promise<{ KeyId: string; Arn: string }> =>
  (await kms.ok('CreateKey', { KeySpec, KeyUsage })).KeyMetadata;
const Message = base64('message');
const digest = createHash('sha256').update('message').digest();

describe('Sign, Verify and GetPublicKey', () => {
  it('work with a P-256 key on message and digest, and the public key verifies outside (R-40)', async () => {
    const { KeyId, Arn } = await create('ECC_NIST_P256', 'SIGN_VERIFY');
    const SigningAlgorithm = 'ECDSA_SHA_256';
    const published = await kms.ok('GetPublicKey', { KeyId });
    expect(published).toEqual({
      KeyId: Arn,
      PublicKey: expect.any(String),
      CustomerMasterKeySpec: 'ECC_NIST_P256',
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: [SigningAlgorithm],
    });
    const publicKey = createPublicKey({
      key: Buffer.from(published.PublicKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    for (const input of [{ Message }, { Message: base64(digest), MessageType: 'DIGEST' }]) {
      const signed = await kms.ok('Sign', { KeyId, SigningAlgorithm, ...input });
      expect(signed).toEqual({ KeyId: Arn, Signature: expect.any(String), SigningAlgorithm });
      expect(verifyWithNode('sha256', Buffer.from('message'), publicKey, Buffer.from(signed.Signature, 'base64'))).toBe(
        true,
      );
      const { Signature } = signed;
      expect(await kms.ok('Verify', { KeyId, SigningAlgorithm, Signature, Message })).toEqual({
        KeyId: Arn,
        SignatureValid: true,
        SigningAlgorithm,
      });
      expect(await kms.call('Verify', { KeyId, SigningAlgorithm, Signature, Message: base64('other') })).toMatchObject({
        status: 400,
        body: { __type: 'KMSInvalidSignatureException' },
        message: undefined,
      });
    }
  });

  it.each([
    [
      { Message: base64('short'), MessageType: 'DIGEST' },
      'ValidationException',
      'Digest is invalid length for algorithm ECDSA_SHA_256.',
    ],
    [
      { Message, MessageType: 'EXTERNAL_MU' },
      'ValidationException',
      'MessageType EXTERNAL_MU is not valid for algorithm ECDSA_SHA_256.',
    ],
    [
      { Message, SigningAlgorithm: 'RSASSA_PSS_SHA_256' },
      'InvalidKeyUsageException',
      'Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec ECC_NIST_P256.',
    ],
    [
      { Message, SigningAlgorithm: 'SM2DSA' },
      'UnsupportedOperationException',
      'Algorithm SM2DSA is not offered by this service.',
    ],
    [
      { Message, SigningAlgorithm: 'ML_DSA_SHAKE_256' },
      'UnsupportedOperationException',
      'Algorithm ML_DSA_SHAKE_256 is not offered by this service.',
    ],
    [
      { Message, DryRun: true },
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    ],
  ])('refuse %j as %s', async (input, error, message) => {
    const { KeyId } = await create('ECC_NIST_P256', 'SIGN_VERIFY');
    const whole = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', ...input };
    expect(await kms.call('Sign', whole)).toMatchObject({ status: 400, error, message });
    expect(await kms.call('Verify', { ...whole, Signature: base64('x') })).toMatchObject({
      status: 400,
      error,
      message,
    });
  });

  it('are not for keys that encrypt', async () => {
    const { KeyId, Arn } = (await kms.ok('CreateKey')).KeyMetadata;
    expect(await kms.call('Sign', { KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' })).toMatchObject({
      error: 'InvalidKeyUsageException',
      message: `${Arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`,
    });
    expect(await kms.call('GetPublicKey', { KeyId })).toMatchObject({ error: 'UnsupportedOperationException' });
    const mac = await create('HMAC_256', 'GENERATE_VERIFY_MAC');
    expect(await kms.call('GetPublicKey', { KeyId: mac.KeyId })).toMatchObject({
      error: 'UnsupportedOperationException',
    });
  });
});

describe('RSA encryption', () => {
  it('decrypts what was encrypted here and offline', async () => {
    const { KeyId, Arn } = await create('RSA_2048', 'ENCRYPT_DECRYPT');
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
    const here = await kms.ok('Encrypt', { KeyId, Plaintext: Message, EncryptionAlgorithm });
    const opened = { KeyId: Arn, Plaintext: Message, EncryptionAlgorithm };
    expect(await kms.ok('Decrypt', here)).toEqual(opened);
    const { PublicKey, ...published } = await kms.ok('GetPublicKey', { KeyId });
    expect(published).toMatchObject({ EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', EncryptionAlgorithm] });
    expect(published).not.toHaveProperty('SigningAlgorithms');
    const key = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' });
    const offline = publicEncrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      Buffer.from('message'),
    );
    expect(await kms.ok('Decrypt', { KeyId, CiphertextBlob: base64(offline), EncryptionAlgorithm })).toEqual(opened);
    expect(
      await kms.call('Encrypt', { KeyId, Plaintext: base64(Buffer.alloc(191)), EncryptionAlgorithm }),
    ).toMatchObject({
      error: 'ValidationException',
      message: 'Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.',
    });
    expect(await kms.call('Encrypt', { KeyId, Plaintext: Message })).toMatchObject({
      error: 'InvalidKeyUsageException',
      message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
    });
    expect(
      await kms.call('Encrypt', { KeyId, Plaintext: Message, EncryptionAlgorithm, EncryptionContext: { a: 'b' } }),
    ).toMatchObject({ status: 400 });
  });
});

describe('GenerateMac and VerifyMac', () => {
  it('make and check a MAC (R-39)', async () => {
    const { KeyId, Arn } = await create('HMAC_256', 'GENERATE_VERIFY_MAC');
    const MacAlgorithm = 'HMAC_SHA_256';
    const made = await kms.ok('GenerateMac', { KeyId, Message, MacAlgorithm });
    expect(made).toEqual({ KeyId: Arn, Mac: expect.any(String), MacAlgorithm });
    const { Mac } = made;
    expect(await kms.ok('VerifyMac', { KeyId, Message, MacAlgorithm, Mac })).toEqual({
      KeyId: Arn,
      MacValid: true,
      MacAlgorithm,
    });
    expect(await kms.call('VerifyMac', { KeyId, Message: base64('other'), MacAlgorithm, Mac })).toMatchObject({
      status: 400,
      body: { __type: 'KMSInvalidMacException' },
      message: undefined,
    });
    expect(await kms.call('GenerateMac', { KeyId, Message, MacAlgorithm: 'HMAC_SHA_512' })).toMatchObject({
      error: 'InvalidKeyUsageException',
      message: 'Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.',
    });
    for (const [operation, input] of [
      ['GenerateMac', {}],
      ['VerifyMac', { Mac }],
    ] as const) {
      expect(await kms.call(operation, { KeyId, Message, MacAlgorithm, ...input, DryRun: true })).toMatchObject({
        error: 'DryRunOperationException',
      });
    }
  });
});
