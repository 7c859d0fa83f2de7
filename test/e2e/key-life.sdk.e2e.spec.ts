import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  InvalidCiphertextException,
  type KMSClient,
  KMSInvalidMacException,
  KMSInvalidSignatureException,
  KMSInvalidStateException,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  NotFoundException,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { startTestServer, type TestServer } from '@claviger/testing';
import { createPublicKey, verify } from 'node:crypto';

let server: TestServer;
let kms: KMSClient;
beforeAll(async () => {
  server = await startTestServer();
  kms = server.kmsClient();
}, 60_000);
afterAll(() => server.dispose());

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const context = { app: 'checkout', tenant: 'größe' };

async function newKey(description = ''): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: description }));
  if (KeyMetadata?.KeyId === undefined) throw new Error('no key id');
  return KeyMetadata.KeyId;
}

describe('one key, through the unmodified AWS SDK', () => {
  it('lives its whole life', async () => {
    const keyId = await newKey('prod/customer-data-kek');
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/prod-customer-data-kek', TargetKeyId: keyId }));
    const encrypted = await kms.send(
      new EncryptCommand({
        KeyId: 'alias/prod-customer-data-kek',
        Plaintext: text('4111'),
        EncryptionContext: context,
      }),
    );
    const before = { CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext: context };
    expect(encrypted.KeyId).toContain(`key/${keyId}`);
    const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }));
    expect(dataKey.Plaintext).toHaveLength(32);

    await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    expect((await kms.send(new ListKeyRotationsCommand({ KeyId: keyId }))).Rotations).toHaveLength(1);
    const decrypted = await kms.send(new DecryptCommand(before));
    expect(decrypted.Plaintext).toEqual(text('4111'));
    const rewrapped = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob: encrypted.CiphertextBlob,
        SourceEncryptionContext: context,
        DestinationKeyId: keyId,
      }),
    );
    expect((await kms.send(new DecryptCommand({ CiphertextBlob: rewrapped.CiphertextBlob }))).Plaintext).toEqual(
      text('4111'),
    );
    const unwrapped = await kms.send(new DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob }));
    expect(unwrapped.Plaintext).toEqual(dataKey.Plaintext);

    await kms.send(new DisableKeyCommand({ KeyId: keyId }));
    await expect(kms.send(new DecryptCommand(before))).rejects.toThrow(DisabledException);
    await kms.send(new EnableKeyCommand({ KeyId: keyId }));
    expect((await kms.send(new DecryptCommand(before))).Plaintext).toEqual(text('4111'));

    const scheduled = await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }));
    expect(scheduled.DeletionDate?.getTime()).toBeGreaterThan(Date.now() + 6.9 * 86_400_000);
    await expect(kms.send(new DecryptCommand(before))).rejects.toThrow(KMSInvalidStateException);
    await kms.send(new CancelKeyDeletionCommand({ KeyId: keyId }));
    expect((await kms.send(new DescribeKeyCommand({ KeyId: keyId }))).KeyMetadata?.KeyState).toBe('Disabled');
    await kms.send(new EnableKeyCommand({ KeyId: keyId }));
    expect((await kms.send(new DecryptCommand(before))).Plaintext).toEqual(text('4111'));
  });

  it('refuses a ciphertext whose context differs, and tells nothing more', async () => {
    const keyId = await newKey();
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: text('x'), EncryptionContext: context }),
    );
    for (const EncryptionContext of [undefined, { ...context, app: 'Checkout' }, { app: 'checkout' }]) {
      await expect(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).rejects.toThrow(
        InvalidCiphertextException,
      );
    }
  });

  it('answers NotFoundException for a key that was never there', async () => {
    const KeyId = '00000000-0000-4000-8000-000000000000';
    await expect(kms.send(new DescribeKeyCommand({ KeyId }))).rejects.toThrow(NotFoundException);
  });

  it('lists every key and alias once, page by page', async () => {
    const made = new Set<string>();
    for (let n = 0; n < 7; n += 1) {
      const keyId = await newKey(`listed ${n}`);
      made.add(keyId);
      await kms.send(new CreateAliasCommand({ AliasName: `alias/listed-${n}`, TargetKeyId: keyId }));
    }
    const seen: string[] = [];
    for (let Marker: string | undefined; ; ) {
      const page = await kms.send(new ListKeysCommand({ Limit: 3, Marker }));
      seen.push(...(page.Keys ?? []).map(({ KeyId }) => KeyId ?? ''));
      Marker = page.NextMarker;
      if (page.Truncated !== true) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    for (const keyId of made) expect(seen).toContain(keyId);
    const aliases = (await kms.send(new ListAliasesCommand({}))).Aliases ?? [];
    expect(aliases.filter(({ AliasName }) => AliasName?.startsWith('alias/listed-'))).toHaveLength(7);
  });
});

describe('other kinds of keys, through the AWS SDK', () => {
  it.each([
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['ECC_NIST_P384', 'ECDSA_SHA_384'],
    ['ECC_NIST_P521', 'ECDSA_SHA_512'],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
    ['RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_384'],
  ] as const)(
    'signs and verifies with %s and %s; the public key verifies outside',
    async (KeySpec, SigningAlgorithm) => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage: 'SIGN_VERIFY' }));
      const KeyId = KeyMetadata?.KeyId;
      const Message = text('to be signed');
      const { Signature } = await kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
      expect((await kms.send(new VerifyCommand({ KeyId, Message, Signature, SigningAlgorithm }))).SignatureValid).toBe(
        true,
      );
      await expect(
        kms.send(new VerifyCommand({ KeyId, Message: text('other'), Signature, SigningAlgorithm })),
      ).rejects.toThrow(KMSInvalidSignatureException);
      const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
      const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
      const hash = SigningAlgorithm === 'ED25519_SHA_512' ? null : `sha${SigningAlgorithm.slice(-3)}`;
      const options = SigningAlgorithm.includes('PSS') ? { key, padding: 6, saltLength: 32 } : key;
      expect(verify(hash, Message, options, Buffer.from(Signature ?? []))).toBe(true);
    },
    30_000,
  );

  it('encrypts for an RSA key and decrypts with it', async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }));
    const options = { KeyId: KeyMetadata?.KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ ...options, Plaintext: text('wrapped') }));
    expect((await kms.send(new DecryptCommand({ ...options, CiphertextBlob }))).Plaintext).toEqual(text('wrapped'));
  }, 30_000);

  it.each(['224', '256', '384', '512'] as const)('makes and checks MACs with HMAC_%s', async (bits) => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' }),
    );
    const options = { KeyId: KeyMetadata?.KeyId, MacAlgorithm: `HMAC_SHA_${bits}`, Message: text('m') } as const;
    const { Mac } = await kms.send(new GenerateMacCommand(options));
    expect(Mac).toHaveLength(Number(bits) / 8);
    expect((await kms.send(new VerifyMacCommand({ ...options, Mac }))).MacValid).toBe(true);
    await expect(kms.send(new VerifyMacCommand({ ...options, Message: text('n'), Mac }))).rejects.toThrow(
      KMSInvalidMacException,
    );
  });
});
