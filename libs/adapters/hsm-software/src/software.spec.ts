import { createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { SecretBytes } from '@claviger/crypto';
import {
  HsmOverloaded,
  HsmUnavailable,
  InMemorySeal,
  InMemorySealedStore,
  type Material,
  MaterialUnavailable,
  type SealedRecord,
  SealedSecrets,
  SealedStoreUnavailable,
} from '@claviger/ports';
import type { KeySpec, KeyUsage } from '@claviger/domain';
import { SoftwareHsm, type SoftwareHsmOptions } from './hsm.js';

/** Counts reads, and fails writes when told to. */
class WatchedStore extends InMemorySealedStore {
  reads = 0;
  full = false;

  override get(reference: string): Promise<SealedRecord | undefined> {
    this.reads++;
    return super.get(reference);
  }

  override putIfAbsent(record: SealedRecord): Promise<SealedRecord> {
    if (this.full) return Promise.reject(new SealedStoreUnavailable('full', 'no room'));
    return super.putIfAbsent(record);
  }
}

const keyOf = (i: number, spec: KeySpec, usage: KeyUsage, keyId = 'a key'): Material => ({
  reference: `0198c000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`,
  keyId,
  version: 1,
  spec,
  usage,
});
const text = (value: string): Uint8Array => Buffer.from(value);
const aad = text('aad');
const aes = keyOf(1, 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');

describe('SoftwareHsm', () => {
  let store: WatchedStore;
  let seal: InMemorySeal;
  let secrets: SealedSecrets;

  beforeEach(() => {
    store = new WatchedStore();
    seal = new InMemorySeal(randomBytes);
    secrets = new SealedSecrets(store, seal, randomBytes);
  });

  const hsmWith = (options: Partial<SoftwareHsmOptions> = {}): SoftwareHsm =>
    new SoftwareHsm({ secrets, random: randomBytes, ...options });
  const materialOf = async (key: Material): Promise<Uint8Array> =>
    (await secrets.openDescribed(key.reference, 'material'))?.secret.unsafeExportBytes() ?? new Uint8Array(0);

  it.each([
    ['SYMMETRIC_DEFAULT', 32, 'aes-256-gcm'],
    ['AES_128', 16, 'aes-128-gcm'],
  ] as const)('encrypts under %s so that OpenSSL decrypts with the sealed key (R-34)', async (spec, length, cipher) => {
    const hsm = hsmWith();
    const key = keyOf(1, spec, 'ENCRYPT_DECRYPT');
    await hsm.generate(key);
    const sealed = await hsm.use('encrypt', key, { plaintext: text('plain'), aad });
    const raw = await materialOf(key);
    expect(raw).toHaveLength(length);
    const decipher = createDecipheriv(cipher, raw, sealed.iv, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.tag);
    expect(Buffer.concat([decipher.update(sealed.ciphertext), decipher.final()]).toString()).toBe('plain');
  });

  it.each([
    ['HMAC_224', 28, 'sha224'],
    ['HMAC_256', 32, 'sha256'],
    ['HMAC_384', 48, 'sha384'],
    ['HMAC_512', 64, 'sha512'],
  ] as const)(
    'makes under %s, a key of %i bytes, the MAC that OpenSSL makes with the sealed key (R-39)',
    async (spec, length, hash) => {
      const hsm = hsmWith();
      const key = keyOf(1, spec, 'GENERATE_VERIFY_MAC');
      await hsm.generate(key);
      const raw = await materialOf(key);
      expect(raw).toHaveLength(length);
      const algorithm = `HMAC_SHA_${spec.slice(5)}` as 'HMAC_SHA_256';
      const mac = await hsm.use('mac', key, { algorithm, message: text('message') });
      expect(Buffer.from(mac).equals(createHmac(hash, raw).update('message').digest())).toBe(true);
    },
  );

  it('binds every metadata field to the material, and stores nothing of it in clear (R-2, R-3)', async () => {
    await hsmWith().generate(aes);
    const record = await store.get(aes.reference);
    expect(JSON.parse(record?.about ?? '')).toEqual({
      keyId: aes.keyId,
      version: 1,
      spec: aes.spec,
      usage: aes.usage,
      publicKey: null,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const raw = Buffer.from(await materialOf(aes));
    expect(Buffer.concat([record?.blob ?? raw, record?.wrappedKey ?? raw]).includes(raw)).toBe(false);
    expect(record?.about).not.toContain(raw.toString('hex'));
  });

  it.each(['keyId', 'version', 'spec', 'usage', 'fingerprint'])(
    'fails closed when %s in the stored metadata was changed to what is asked for',
    async (field) => {
      await hsmWith().generate(aes);
      const record = await store.get(aes.reference);
      if (record === undefined) throw new Error('nothing stored');
      const changes: Readonly<Record<string, string | number>> = {
        keyId: 'another key',
        version: 2,
        spec: 'XCHACHA20_POLY1305',
        usage: 'SIGN_VERIFY',
        fingerprint: '0'.repeat(64),
      };
      const about: Record<string, unknown> = { ...JSON.parse(record.about), [field]: changes[field] };
      const forged = new InMemorySealedStore(new Map([[aes.reference, { ...record, about: canonical(about) }]]));
      const hsm = hsmWith({ secrets: new SealedSecrets(forged, seal, randomBytes) });
      const asked = { ...aes, ...(field in aes ? { [field]: changes[field] } : {}) } as Material;
      const call = field === 'usage' ? hsm.generate(aes) : hsm.use('encrypt', asked, { plaintext: text('x'), aad });
      await expect(call).rejects.toBeInstanceOf(MaterialUnavailable);
    },
  );

  it('reads nothing from the store once a key is in memory, and again after forget', async () => {
    const hsm = hsmWith();
    await hsm.generate(aes);
    await hsm.use('encrypt', aes, { plaintext: text('x'), aad });
    const before = store.reads;
    for (let i = 0; i < 100; i++) await hsm.use('encrypt', aes, { plaintext: text('x'), aad });
    expect(store.reads).toBe(before);
    hsm.forget('another key');
    await hsm.use('encrypt', aes, { plaintext: text('x'), aad });
    expect(store.reads).toBe(before);
    hsm.forget(aes.keyId);
    await hsm.use('encrypt', aes, { plaintext: text('x'), aad });
    expect(store.reads).toBe(before + 1);
  });

  it('does not keep a key that was being loaded while the key was forgotten', async () => {
    const hsm = hsmWith();
    await hsm.generate(aes);
    const loading = hsm.use('encrypt', aes, { plaintext: text('x'), aad });
    hsm.forget(aes.keyId);
    await loading;
    const before = store.reads;
    await hsm.use('encrypt', aes, { plaintext: text('x'), aad });
    expect(store.reads).toBe(before + 1);
  });

  it('keeps no more keys in memory than it may', async () => {
    const hsm = hsmWith({ cachedKeys: 4 });
    const keys = Array.from({ length: 10 }, (_, i) => keyOf(i, 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'));
    for (const key of keys) await hsm.generate(key);
    for (const key of keys) await hsm.use('encrypt', key, { plaintext: text('x'), aad });
    const before = store.reads;
    for (const key of keys.slice(0, 6)) await hsm.use('encrypt', key, { plaintext: text('x'), aad });
    expect(store.reads).toBe(before + 6);
  });

  it('makes one RSA key for all who ask at once', async () => {
    let pairs = 0;
    const hsm = hsmWith();
    const put = store.putIfAbsent.bind(store);
    store.putIfAbsent = (record) => {
      pairs++;
      return put(record);
    };
    const rsa = keyOf(1, 'RSA_2048', 'SIGN_VERIFY');
    await Promise.all([hsm.generate(rsa), hsm.generate(rsa), hsm.generate(rsa)]);
    expect(pairs).toBe(1);
  });

  it('makes the key in a second attempt when the store was full in the first', async () => {
    const hsm = hsmWith();
    store.full = true;
    await expect(hsm.generate(aes)).rejects.toBeInstanceOf(HsmUnavailable);
    await expect(hsm.use('encrypt', aes, { plaintext: text('x'), aad })).rejects.toBeInstanceOf(MaterialUnavailable);
    store.full = false;
    await hsm.generate(aes);
    await hsm.use('encrypt', aes, { plaintext: text('x'), aad });
  });

  it('is unavailable, not without material, while the seal or the store is closed', async () => {
    const hsm = hsmWith();
    await hsm.generate(aes);
    seal.seal();
    await expect(hsm.use('encrypt', aes, { plaintext: text('x'), aad })).rejects.toBeInstanceOf(HsmUnavailable);
    await expect(hsm.destroy(aes)).rejects.toBeInstanceOf(HsmUnavailable);
    await store.close();
    await expect(hsm.list('', 1)).rejects.toBeInstanceOf(HsmUnavailable);
    await expect(hsm.generate(aes)).rejects.toBeInstanceOf(HsmUnavailable);
  });

  it('refuses slow calls beyond its bound, and still serves the quick ones', async () => {
    const hsm = hsmWith({ poolThreads: 2, mostWaiting: 2 });
    const ecc = keyOf(2, 'ECC_SECG_P256K1', 'SIGN_VERIFY');
    await hsm.generate(ecc);
    await hsm.generate(aes);
    const sign = (): Promise<Uint8Array> =>
      hsm.use('sign', ecc, { algorithm: 'ECDSA_SHA_256', messageType: 'RAW', message: text('x') });
    await sign();
    const answers = [sign(), sign(), sign(), sign(), sign()];
    await hsm.use('encrypt', aes, { plaintext: text('x'), aad });
    const settled = await Promise.allSettled(answers);
    expect(settled.map((each) => each.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await expect(answers[4]).rejects.toBeInstanceOf(HsmOverloaded);
    await sign();
  });

  it('overwrites new material once it is sealed', async () => {
    const drawn: Uint8Array[] = [];
    const hsm = hsmWith({
      random: (length) => {
        const bytes = randomBytes(length);
        drawn.push(bytes);
        return bytes;
      },
    });
    await hsm.generate(aes);
    expect(drawn.filter((bytes) => bytes.length === 32).every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
    expect(drawn.some((bytes) => bytes.length === 32)).toBe(true);
  });

  it('gives random bytes as a secret (R-9)', () => {
    const hsm = hsmWith();
    expect(hsm.randomBytes(24)).toBeInstanceOf(SecretBytes);
    expect(hsm.randomBytes(24)).toHaveLength(24);
  });

  it('tells a damaged record from an absent one in the error’s cause, and names no secret', async () => {
    await hsmWith().generate(aes);
    const record = await store.get(aes.reference);
    if (record === undefined) throw new Error('nothing stored');
    const damaged = new InMemorySealedStore(new Map([[aes.reference, { ...record, blob: new Uint8Array(60) }]]));
    const hsm = hsmWith({ secrets: new SealedSecrets(damaged, seal, randomBytes) });
    await expect(hsm.use('encrypt', aes, { plaintext: text('x'), aad })).rejects.toMatchObject({
      reference: aes.reference,
      cause: { name: 'SealedRecordInvalid' },
    });
  });
});

const canonical = (about: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(about).sort(([a], [b]) => (a < b ? -1 : 1))));
