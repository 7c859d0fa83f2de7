import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretBytes } from '@claviger/crypto';
import { Sealed, UnsealRefused } from '@claviger/ports';
import { rootRotationConformance, sealConformance } from '@claviger/ports/testing';
import { createPassphraseSeal } from './create.js';
import { openPassphraseSeal, type PassphraseSeal } from './seal.js';
import type { Stretch } from './unlock.js';

jest.setTimeout(60_000); // Argon2id is meant to be slow

/** As good as any for what does not concern passphrases; counts its calls. */
let stretched = 0;
const quick: Stretch = async (passphrase, salt, cost) => {
  stretched += 1;
  const hash = createHash('sha256').update(salt).update(JSON.stringify(cost));
  return SecretBytes.take(passphrase.use((bytes) => new Uint8Array(hash.update(bytes).digest())));
};

const phrase = (text = 'correct horse battery staple'): SecretBytes => SecretBytes.copyOf(Buffer.from(text));
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'claviger-passphrase-'));
const placeIn = (folder: string): { path: string; dataFolder: string; random: typeof randomBytes } => ({
  path: join(folder, 'seal', 'root.seal'),
  dataFolder: join(folder, 'data'),
  random: randomBytes,
});

async function openIn(folder: string): Promise<PassphraseSeal> {
  const seal = openPassphraseSeal(placeIn(folder), quick);
  await seal.unseal(phrase());
  return seal;
}

sealConformance('passphrase', async () => {
  const [folder, other] = [newFolder(), newFolder()];
  for (const each of [folder, other]) await createPassphraseSeal(phrase(), placeIn(each), quick);
  return {
    seal: await openIn(folder),
    again: () => openIn(folder),
    stranger: () => openIn(other),
    dispose: async () => {
      for (const each of [folder, other]) rmSync(each, { recursive: true });
    },
  };
});

rootRotationConformance('passphrase', async () => {
  const folder = newFolder();
  await createPassphraseSeal(phrase(), placeIn(folder), quick);
  return {
    seal: await openIn(folder),
    another: () => openIn(folder),
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

describe('PassphraseSeal', () => {
  let folder: string;
  const place = (): ReturnType<typeof placeIn> => placeIn(folder);
  const text = (): string => readFileSync(place().path, 'utf8');

  beforeEach(() => {
    folder = newFolder();
    stretched = 0;
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('opens with the passphrase that it was made with, through Argon2id, and with no other', async () => {
    await createPassphraseSeal(phrase(), place());
    const seal = openPassphraseSeal(place());
    expect(seal.status()).toBe('sealed');
    expect(seal.progress()).toEqual({ status: 'sealed', wants: 'passphrase' });
    const refused: unknown = await seal
      .unseal(phrase('correct horse battery stapler'))
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UnsealRefused);
    expect(refused).toMatchObject({ reason: 'wrong-passphrase' });
    expect(String(refused)).not.toContain('horse');
    expect(seal.status()).toBe('sealed');
    const taken: unknown[] = [];
    expect(await seal.unseal(phrase(), (share) => taken.push(share))).toEqual({ status: 'unsealed' });
    expect(await seal.unseal(phrase('of no use any more'), (share) => taken.push(share))).toEqual({
      status: 'unsealed',
    });
    expect(taken).toEqual([null]);
    expect(seal.status()).toBe('unsealed');
  });

  it('writes how the passphrase is stretched, with RFC 9106’s second recommendation by default, and a fresh salt', async () => {
    await createPassphraseSeal(phrase(), place(), quick);
    const { unlock } = JSON.parse(text()) as { unlock: { salt: string } };
    expect(unlock).toMatchObject({ kind: 'passphrase', kdf: 'argon2id', memory: 65536, passes: 3, parallelism: 4 });
    expect(Buffer.from(unlock.salt, 'base64')).toHaveLength(16);
    rmSync(place().path);
    await createPassphraseSeal(phrase(), place(), quick);
    expect(text()).not.toContain(unlock.salt);
  });

  it('does nothing while it is sealed', async () => {
    await createPassphraseSeal(phrase(), place(), quick);
    const seal = openPassphraseSeal(place(), quick);
    await expect(seal.wrap(SecretBytes.take(randomBytes(32)), 'a context')).rejects.toBeInstanceOf(Sealed);
    await expect(seal.unwrap(randomBytes(73), 'a context')).rejects.toBeInstanceOf(Sealed);
    await expect(seal.beginRootChange(1)).rejects.toBeInstanceOf(Sealed);
  });

  it('stretches every passphrase, right, wrong or empty, and one at a time', async () => {
    await createPassphraseSeal(phrase(), place(), quick);
    let running = 0;
    let most = 0;
    const watched: Stretch = async (...args) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return quick(...args);
    };
    const seal = openPassphraseSeal(place(), watched);
    stretched = 0;
    const tries = ['wrong', '', 'x'.repeat(2000), 'correct horse battery stapl'].map((each) =>
      seal.unseal(phrase(each)),
    );
    const answers = await Promise.allSettled(tries);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(stretched).toBe(4);
    expect(most).toBe(1);
  });

  it('is written with 0600, and refused when others have a right to it, or in the data folder', async () => {
    await createPassphraseSeal(phrase(), place(), quick);
    expect(statSync(place().path).mode & 0o777).toBe(0o600);
    chmodSync(place().path, 0o640);
    expect(() => openPassphraseSeal(place(), quick)).toThrow(/seal file .*mode 0640/);
    const inside = { ...place(), path: join(folder, 'data', 'root.seal') };
    await expect(createPassphraseSeal(phrase(), inside, quick)).rejects.toMatchObject({ name: 'PrivateFileError' });
  });

  it('is not created over a file that exists', async () => {
    await createPassphraseSeal(phrase(), place(), quick);
    const before = text();
    await expect(createPassphraseSeal(phrase(), place(), quick)).rejects.toMatchObject({ name: 'PrivateFileError' });
    expect(text()).toBe(before);
  });

  it.each([
    ['no seal file', () => 'something else\n'],
    ['one of another kind', (before: string) => before.replace('"passphrase"', '"shares"')],
    ['one of a weaker cost', (before: string) => before.replace('65536', '8')],
    ['longer than any', () => 'x'.repeat(70_000)],
  ])('refuses %s before anything is typed', async (_, change) => {
    await createPassphraseSeal(phrase(), place(), quick);
    writeFileSync(place().path, change(text()));
    expect(() => openPassphraseSeal(place(), quick)).toThrow(/seal file/);
  });

  it('refuses a passphrase that is too short to be one, when it is set', async () => {
    await expect(createPassphraseSeal(phrase('elevenbytes'), place(), quick)).rejects.toBeInstanceOf(RangeError);
    await createPassphraseSeal(phrase(), place(), quick);
    const seal = openPassphraseSeal(place(), quick);
    await expect(seal.changePassphrase(phrase(), phrase('short'))).rejects.toBeInstanceOf(RangeError);
    await seal.unseal(phrase());
  });

  it.each(['sealed', 'unsealed'])(
    'takes another passphrase while %s; what was wrapped stays readable',
    async (state) => {
      await createPassphraseSeal(phrase(), place(), quick);
      const wrapped = await (await openIn(folder)).wrap(SecretBytes.take(new Uint8Array(32).fill(4)), 'a context');
      const seal = openPassphraseSeal(place(), quick);
      if (state === 'unsealed') await seal.unseal(phrase());
      await expect(
        seal.changePassphrase(phrase('not the present one'), phrase('quite another one')),
      ).rejects.toMatchObject({
        reason: 'wrong-passphrase',
      });
      await seal.changePassphrase(phrase(), phrase('quite another one'));
      expect(seal.status()).toBe(state);
      const later = openPassphraseSeal(place(), quick);
      await expect(later.unseal(phrase())).rejects.toMatchObject({ reason: 'wrong-passphrase' });
      await later.unseal(phrase('quite another one'));
      expect((await later.unwrap(wrapped, 'a context'))?.length).toBe(32);
      if (state === 'unsealed') expect((await seal.beginRootChange(5)).startedAt).toBe(5);
    },
  );

  it('keeps both root keys when the passphrase is changed during a change of the root key', async () => {
    await createPassphraseSeal(phrase(), place(), quick);
    const seal = await openIn(folder);
    const old = await seal.wrap(SecretBytes.take(new Uint8Array(32).fill(4)), 'a context');
    const change = await seal.beginRootChange(5);
    await seal.changePassphrase(phrase(), phrase('quite another one'));
    const later = openPassphraseSeal(place(), quick);
    await later.unseal(phrase('quite another one'));
    expect(later.rootChange()).toEqual(change);
    expect((await later.unwrap(old, 'a context'))?.length).toBe(32);
  });

  it('says so when another process has changed the passphrase, and loses nothing that it holds', async () => {
    await createPassphraseSeal(phrase(), place(), quick);
    const seal = await openIn(folder);
    const wrapped = await seal.wrap(SecretBytes.take(new Uint8Array(32).fill(4)), 'a context');
    await (await openIn(folder)).changePassphrase(phrase(), phrase('quite another one'));
    await seal.refreshRoot();
    expect((await seal.unwrap(wrapped, 'a context'))?.length).toBe(32);
    await expect(seal.beginRootChange(1)).rejects.toThrow(/unseal this one again/);
  });
});
