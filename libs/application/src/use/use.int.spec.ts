import { type KmsErrorKind, usesStream } from '@claviger/domain';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { type MemoryService, memoryService } from '../../../../test/support/memory-service.js';
import { AuditTrail } from '../audit-trail.js';
import type { CallContext } from '../call-context.js';
import { CompromiseVersionCommand } from '../change/compromise-version.js';
import { DisableKeyCommand } from '../change/disable-key.js';
import { RotateKeyCommand } from '../change/rotate-key.js';
import { ScheduleDeletionCommand } from '../change/schedule-deletion.js';
import { Holds } from '../processes/holds.js';
import { Decrypt } from './decrypt.js';
import { Encrypt } from './encrypt.js';
import { ReEncrypt } from './re-encrypt.js';
import { Sign } from './sign.js';
import type { EncryptionContext } from './types.js';
import { UseReservations } from './use-reservations.js';
import { Verify } from './verify.js';

let service: MemoryService;
beforeEach(async () => {
  service = await memoryService();
});
afterEach(() => service.close());

const id = (keyId: string) => ({ kind: 'id', keyId }) as const;
const refused = (kind: KmsErrorKind): unknown => expect.objectContaining({ kind });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** As at the wire: the record encloses the use, and the call leaves the gate with its answer. */
function recorded<T>(operation: string, use: (call: CallContext) => Promise<T>): Promise<T> {
  const call = service.call(operation);
  return service.app.get(AuditTrail).run(call, () => use(call));
}

async function encrypt(keyId: string, text: string, context: EncryptionContext = {}): Promise<Uint8Array> {
  const input = {
    key: id(keyId),
    plaintext: bytes(text),
    context,
    algorithm: 'SYMMETRIC_DEFAULT',
    dryRun: false,
  } as const;
  return (await recorded('Encrypt', (call) => service.app.get(Encrypt).execute(call, input))).ciphertext;
}
async function decrypt(
  ciphertext: Uint8Array,
  context: EncryptionContext = {},
  key: string | null = null,
): Promise<string> {
  const input = {
    key: key === null ? null : id(key),
    ciphertext,
    context,
    algorithm: 'SYMMETRIC_DEFAULT',
    dryRun: false,
    version: null,
  } as const;
  const { plaintext } = await recorded('Decrypt', (call) => service.app.get(Decrypt).execute(call, input));
  return Buffer.from(plaintext).toString();
}
const rotate = (keyId: string) =>
  service.commands.execute(
    new RotateKeyCommand(service.call('RotateKey'), { key: id(keyId), trigger: 'on_demand', spec: null }),
  );

describe('the use road', () => {
  it('encrypts under the new version after a rotation, and decrypts what the old one made (R-24, R-115)', async () => {
    const { key } = await service.createKey();
    const old = await encrypt(key.keyId, 'before');
    await rotate(key.keyId);
    const fresh = await encrypt(key.keyId, 'after');
    expect([await decrypt(old), await decrypt(fresh)]).toEqual(['before', 'after']);
    expect(Buffer.from(old).equals(Buffer.from(fresh))).toBe(false);
  });

  it('never encrypts the same way twice', async () => {
    const { key } = await service.createKey();
    const made = await Promise.all(Array.from({ length: 50 }, () => encrypt(key.keyId, 'same')));
    expect(new Set(made.map((one) => Buffer.from(one).toString('hex'))).size).toBe(50);
  });

  it('answers InvalidCiphertext for another context, a changed byte, a cut and an empty ciphertext alike', async () => {
    const { key } = await service.createKey();
    const good = await encrypt(key.keyId, 'x', { a: '1' });
    const changed = Uint8Array.from(good);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await expect(decrypt(good, { a: '2' })).rejects.toEqual(refused('InvalidCiphertext'));
    await expect(decrypt(good)).rejects.toEqual(refused('InvalidCiphertext'));
    await expect(decrypt(changed, { a: '1' })).rejects.toEqual(refused('InvalidCiphertext'));
    await expect(decrypt(good.subarray(0, 20), { a: '1' })).rejects.toEqual(refused('InvalidCiphertext'));
    await expect(decrypt(new Uint8Array(), { a: '1' })).rejects.toEqual(refused('InvalidCiphertext'));
  });

  it('answers IncorrectKey when the caller names another key than the one inside, AccessDenied when that one is not there', async () => {
    const [one, two] = [await service.createKey(), await service.createKey()];
    const ciphertext = await encrypt(one.key.keyId, 'x');
    await expect(decrypt(ciphertext, {}, two.key.keyId)).rejects.toEqual(refused('IncorrectKey'));
    expect(await decrypt(ciphertext, {}, one.key.keyId)).toBe('x');
    const unknown = Uint8Array.from(ciphertext);
    unknown[6] = (unknown[6] ?? 0) ^ 1;
    await expect(decrypt(unknown)).rejects.toEqual(refused('AccessDenied'));
  });

  it('refuses a plaintext of more than 4096 bytes and names the way for larger ones (R-22)', async () => {
    const { key } = await service.createKey();
    await expect(encrypt(key.keyId, 'x'.repeat(4097))).rejects.toThrow(/GenerateDataKey/);
  });

  it('uses nothing of a disabled, doomed or compromised key, and says which', async () => {
    const disabled = await service.createKey();
    const doomed = await service.createKey();
    const compromised = await service.createKey();
    const ciphertext = await encrypt(compromised.key.keyId, 'x');
    await service.commands.execute(
      new DisableKeyCommand(service.call('DisableKey'), { key: id(disabled.key.keyId), version: null }),
    );
    await service.commands.execute(
      new ScheduleDeletionCommand(service.call('ScheduleKeyDeletion'), {
        key: id(doomed.key.keyId),
        version: null,
        windowDays: 7,
      }),
    );
    await service.commands.execute(
      new CompromiseVersionCommand(service.call('Compromise'), {
        key: id(compromised.key.keyId),
        version: 1,
        occurredAt: null,
      }),
    );
    await expect(encrypt(disabled.key.keyId, 'x')).rejects.toEqual(refused('Disabled'));
    await expect(encrypt(doomed.key.keyId, 'x')).rejects.toEqual(refused('InvalidKeyState'));
    await expect(decrypt(ciphertext)).rejects.toEqual(
      expect.objectContaining({ kind: expect.stringMatching(/Disabled|InvalidKeyState/) }),
    );
    //
    expect(
      service.parts.log.filter((line) => line.includes('a use was attempted in a state that forbids it')).length,
    ).toBe(3);
  });

  it('lets no call use a key after the answer to its disablement, under load', async () => {
    const { key } = await service.createKey();
    const trail = service.app.get(AuditTrail);
    let disabled = false;
    let usedAfterwards = 0;
    let used = 0;
    const input = {
      key: id(key.keyId),
      plaintext: bytes('x'),
      context: {},
      algorithm: 'SYMMETRIC_DEFAULT',
      dryRun: false,
    } as const;
    const worker = async (): Promise<void> => {
      for (let n = 0; n < 200; n += 1) {
        const call = service.call('Encrypt');
        try {
          await trail.run(call, () => service.app.get(Encrypt).execute(call, input));
          used += 1;
          if (disabled) usedAfterwards += 1;
        } catch {
          return;
        }
      }
    };
    const workers = Array.from({ length: 8 }, worker);
    await new Promise((resolve) => setImmediate(resolve));
    await service.commands.execute(
      new DisableKeyCommand(service.call('DisableKey'), { key: id(key.keyId), version: null }),
    );
    disabled = true;
    await Promise.all(workers);
    expect(used).toBeGreaterThan(0);
    expect(usedAfterwards).toBe(0);
  });

  it('uses no key at all while the data is older than its anchor', async () => {
    const { key } = await service.createKey();
    const ciphertext = await encrypt(key.keyId, 'x');
    service.app.get(Holds).raise({ kind: 'anchor', stops: 'use', findings: ['a test says so'] });
    await expect(encrypt(key.keyId, 'x')).rejects.toEqual(refused('Unavailable'));
    await expect(decrypt(ciphertext)).rejects.toEqual(refused('Unavailable'));
  });

  it('re-encrypts under the destination and counts the use of both versions (R-45, R-92)', async () => {
    const [from, to] = [await service.createKey(), await service.createKey()];
    const ciphertext = await encrypt(from.key.keyId, 'moved', { a: '1' });
    const trail = service.app.get(AuditTrail);
    const call = service.call('ReEncrypt');
    const moved = await trail.run(call, () =>
      service.app.get(ReEncrypt).execute(call, {
        ciphertext,
        sourceKey: null,
        sourceContext: { a: '1' },
        sourceAlgorithm: 'SYMMETRIC_DEFAULT',
        destinationKey: id(to.key.keyId),
        destinationContext: { b: '2' },
        destinationAlgorithm: 'SYMMETRIC_DEFAULT',
        dryRun: false,
      }),
    );
    expect(await decrypt(moved.ciphertext, { b: '2' })).toBe('moved');
    // One encryption and one re-encryption; one re-encryption and one decryption.
    expect(service.parts.usage.usage(from.key.keyId, 1)?.uses).toBe(2);
    expect(service.parts.usage.usage(to.key.keyId, 1)?.uses).toBe(2);
  });

  it('verifies with older versions of a signing key, and names the one that matched', async () => {
    const { key } = await service.createKey({ usage: 'SIGN_VERIFY', spec: 'ECC_NIST_P256' });
    const request = {
      key: id(key.keyId),
      message: bytes('m'),
      messageType: 'RAW',
      algorithm: 'ECDSA_SHA_256',
      dryRun: false,
    } as const;
    const { signature } = await recorded('Sign', (call) => service.app.get(Sign).execute(call, request));
    await rotate(key.keyId);
    const call = service.call('Verify');
    const verified = await service.app.get(Verify).execute(call, { ...request, signature, version: null });
    expect(verified.version).toBe(1);
    expect(call.facts.version).toBe(1);
    await expect(
      service.app.get(Verify).execute(service.call('Verify'), { ...request, signature, version: 2 }),
    ).rejects.toEqual(refused('InvalidSignature'));
  });

  it('reserves uses in growing blocks before they happen, and gives the rest back on a clean stop (SP 800-38D 8.3)', async () => {
    const { key } = await service.createKey();
    await Promise.all(Array.from({ length: 1500 }, () => encrypt(key.keyId, 'x')));
    const stream = usesStream(SAMPLE_ACCOUNT, SAMPLE_REGION, key.keyId, 1);
    const blocks = (await service.parts.store.readStream(stream, 0, 10)).map(({ type, data }) => [
      type,
      JSON.parse(data) as object,
    ]);
    expect(blocks.slice(0, 2)).toEqual([
      ['UsesReserved', { total: 1024, block: 1024 }],
      ['UsesReserved', { total: 3072, block: 2048 }],
    ]);
    await service.app.get(UseReservations).returnAll();
    const last = (await service.parts.store.readStream(stream, 0, 10)).at(-1);
    expect([last?.type, JSON.parse(last?.data ?? '{}')]).toEqual(['UsesReturned', { total: 1500, returned: 1572 }]);
  });
});
