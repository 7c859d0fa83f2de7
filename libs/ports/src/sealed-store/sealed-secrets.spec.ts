import { randomBytes } from 'node:crypto';
import { openXChaCha, SecretBytes } from '@claviger/crypto';
import { Sealed } from '../seal/contract.js';
import { InMemorySeal } from '../seal/in-memory.js';
import { ReferenceDestroyed, type SealedRecord } from './contract.js';
import { InMemorySealedStore, type SealedShelf } from './in-memory.js';
import { SealedRecordInvalid, SealedSecrets } from './sealed-secrets.js';

const REFERENCE = '0198a000-0000-8000-8000-000000000001';
const OTHER = '0198a000-0000-8000-8000-000000000002';
const about = { accessKeyId: 'AKIDEXAMPLE', version: 1 };
const text = (secret: SecretBytes | undefined): string | undefined =>
  secret?.use((bytes) => Buffer.from(bytes).toString());
const secretOf = (value: string): SecretBytes => SecretBytes.copyOf(Buffer.from(value));

describe('SealedSecrets', () => {
  let shelf: SealedShelf;
  let seal: InMemorySeal;
  let secrets: SealedSecrets;

  beforeEach(() => {
    shelf = new Map();
    seal = new InMemorySeal(randomBytes);
    secrets = new SealedSecrets(new InMemorySealedStore(shelf), seal, randomBytes);
  });

  const held = (): SealedRecord => {
    const record = shelf.get(REFERENCE);
    if (record === undefined || record === 'destroyed') throw new Error('nothing is stored');
    return record;
  };

  it('opens what it sealed, and leaves the secret with its owner', async () => {
    const given = secretOf('a secret');
    const returned = await secrets.create(REFERENCE, 'access-key', about, given);
    returned.wipe();
    expect(text(given)).toBe('a secret');
    expect(text(await secrets.open(REFERENCE, 'access-key', about))).toBe('a secret');
  });

  it('stores neither the secret nor the sealing key in clear, and a new sealing key for each record (R-2, R-3)', async () => {
    const drawn: Uint8Array[] = [];
    const watched = (length: number): Uint8Array => {
      const bytes = randomBytes(length);
      drawn.push(Uint8Array.from(bytes));
      return bytes;
    };
    secrets = new SealedSecrets(new InMemorySealedStore(shelf), seal, watched);
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret of some length'));
    await secrets.create(OTHER, 'access-key', about, secretOf('a secret of some length'));
    const keys = drawn.filter((bytes) => bytes.length === 32);
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(2);
    for (const record of shelf.values()) {
      if (record === 'destroyed') continue;
      const everything = Buffer.concat([record.wrappedKey, record.blob, Buffer.from(record.about)]);
      expect(everything.includes('a secret of')).toBe(false);
      for (const key of keys) expect(everything.includes(key)).toBe(false);
    }
  });

  it('binds reference and kind to the sealing key, and both with the metadata to the secret', async () => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    const key = await seal.unwrap(held().wrappedKey, `claviger sealed record v1 access-key ${REFERENCE}`);
    const bound = `{"about":{"accessKeyId":"AKIDEXAMPLE","version":1},"kind":"access-key","reference":"${REFERENCE}"}`;
    const opened = key?.use((bytes) => openXChaCha(bytes, held().blob, Buffer.from(bound)));
    expect(Buffer.from(opened ?? []).toString()).toBe('a secret');
  });

  it('overwrites the sealing key after use', async () => {
    const drawn: Uint8Array[] = [];
    secrets = new SealedSecrets(new InMemorySealedStore(shelf), seal, (length) => {
      const bytes = randomBytes(length);
      drawn.push(bytes);
      return bytes;
    });
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    const keys = drawn.filter((bytes) => bytes.length === 32);
    expect(keys).toHaveLength(1);
    expect(keys[0]?.every((byte) => byte === 0)).toBe(true);
  });

  it('returns the secret that was stored first when another is created under the same reference', async () => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('first'));
    expect(text(await secrets.create(REFERENCE, 'access-key', about, secretOf('second')))).toBe('first');
  });

  it('gives one secret to all who create one at once', async () => {
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((value) => secrets.create(REFERENCE, 'system-key', {}, secretOf(value))),
    );
    expect(new Set(answers.map(text)).size).toBe(1);
  });

  it('makes a secret only when none is stored, and wipes what was made', async () => {
    const made: SecretBytes[] = [];
    const make = (): SecretBytes => {
      const secret = secretOf(`number ${made.length}`);
      made.push(secret);
      return secret;
    };
    expect(text(await secrets.openOrCreate(REFERENCE, 'system-key', {}, make))).toBe('number 0');
    expect(text(await secrets.openOrCreate(REFERENCE, 'system-key', {}, make))).toBe('number 0');
    expect(made).toHaveLength(1);
    expect(() => made[0]?.use(() => 0)).toThrow('wiped');
  });

  it('knows nothing of what was never stored or was destroyed, and never stores it again', async () => {
    expect(await secrets.open(REFERENCE, 'access-key', about)).toBeUndefined();
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    await secrets.destroy(REFERENCE);
    expect(await secrets.open(REFERENCE, 'access-key', about)).toBeUndefined();
    await expect(secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'))).rejects.toBeInstanceOf(
      ReferenceDestroyed,
    );
    await expect(secrets.openOrCreate(REFERENCE, 'access-key', about, () => secretOf('x'))).rejects.toBeInstanceOf(
      ReferenceDestroyed,
    );
  });

  it.each([
    ['another kind', 'material' as const, about],
    ['other metadata', 'access-key' as const, { ...about, version: 2 }],
    ['less metadata', 'access-key' as const, { version: 1 }],
    ['more metadata', 'access-key' as const, { ...about, more: true }],
  ])('refuses a record that is asked for under %s', async (_, kind, asked) => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    await expect(secrets.open(REFERENCE, kind, asked)).rejects.toBeInstanceOf(SealedRecordInvalid);
    await expect(secrets.create(REFERENCE, kind, asked, secretOf('x'))).rejects.toBeInstanceOf(SealedRecordInvalid);
  });

  it('does not care for the order of metadata', async () => {
    await secrets.create(REFERENCE, 'access-key', { a: 1, b: 2 }, secretOf('a secret'));
    expect(text(await secrets.open(REFERENCE, 'access-key', { b: 2, a: 1 }))).toBe('a secret');
  });

  it('refuses a record whose stored metadata was changed, even if the caller names the changed one', async () => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    shelf.set(REFERENCE, { ...held(), about: '{"accessKeyId":"AKIDEXAMPLE","version":2}' });
    await expect(secrets.open(REFERENCE, 'access-key', { ...about, version: 2 })).rejects.toBeInstanceOf(
      SealedRecordInvalid,
    );
    await expect(secrets.openDescribed(REFERENCE, 'access-key')).rejects.toBeInstanceOf(SealedRecordInvalid);
  });

  it('refuses a record that was moved to another reference, whole or in part', async () => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    await secrets.create(OTHER, 'access-key', about, secretOf('another'));
    const moved = held();
    const original = shelf.get(OTHER);
    if (original === undefined || original === 'destroyed') throw new Error('nothing is stored');
    for (const forged of [moved, { ...original, blob: moved.blob }, { ...original, wrappedKey: moved.wrappedKey }]) {
      shelf.set(OTHER, { ...forged, reference: OTHER });
      await expect(secrets.open(OTHER, 'access-key', about)).rejects.toBeInstanceOf(SealedRecordInvalid);
    }
  });

  it.each(['blob', 'wrappedKey'] as const)('refuses a record when a bit of %s was changed', async (part) => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    const original = held();
    for (let at = 0; at < original[part].length; at += 5) {
      const changed = Uint8Array.from(original[part]);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      shelf.set(REFERENCE, { ...original, [part]: changed });
      await expect(secrets.open(REFERENCE, 'access-key', about)).rejects.toBeInstanceOf(SealedRecordInvalid);
    }
  });

  it.each([
    '',
    'null',
    '[]',
    '{',
    '{"version":1,"accessKeyId":"AKIDEXAMPLE"}',
    ' {"accessKeyId":"AKIDEXAMPLE","version":1}',
  ])('refuses a record whose metadata reads %j', async (changed) => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    shelf.set(REFERENCE, { ...held(), about: changed });
    await expect(secrets.open(REFERENCE, 'access-key', about)).rejects.toBeInstanceOf(SealedRecordInvalid);
  });

  it('does not open under another root key', async () => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    const stranger = new SealedSecrets(new InMemorySealedStore(shelf), new InMemorySeal(randomBytes), randomBytes);
    await expect(stranger.open(REFERENCE, 'access-key', about)).rejects.toBeInstanceOf(SealedRecordInvalid);
  });

  it('does nothing once the seal is closed, but to destroy', async () => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('a secret'));
    seal.seal();
    await expect(secrets.open(REFERENCE, 'access-key', about)).rejects.toBeInstanceOf(Sealed);
    await expect(secrets.create(OTHER, 'access-key', about, secretOf('x'))).rejects.toBeInstanceOf(Sealed);
    await secrets.destroy(REFERENCE);
    expect(shelf.get(REFERENCE)).toBe('destroyed');
  });

  it('names the reference in an error, and nothing of the secret', async () => {
    await secrets.create(REFERENCE, 'access-key', about, secretOf('hunter2'));
    const error: unknown = await secrets.open(REFERENCE, 'material', about).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(REFERENCE);
    expect(String(error)).not.toContain('hunter2');
  });
});
