import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SoftwareHsm } from '@claviger/adapters/hsm-software';
import { type Hsm, InMemorySeal, InMemorySealedStore, isOwnReference, SealedSecrets } from '@claviger/ports';
import { rootRotationConformance, sealConformance } from '@claviger/ports/testing';
import { createPkcs11Seal } from './create.js';
import { openPkcs11Seal } from './open.js';
import type { Pkcs11SealOptions } from './place.js';

// The seal knows the token by the HSM port alone; a real token under it is in test/e2e/seal.e2e.spec.ts.
const newToken = (): Hsm => {
  const secrets = new SealedSecrets(new InMemorySealedStore(), new InMemorySeal(randomBytes), randomBytes);
  return new SoftwareHsm({ secrets, random: randomBytes });
};
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'claviger-token-seal-'));
const optionsIn = (folder: string, hsm: Hsm): Pkcs11SealOptions => ({
  hsm,
  token: 'claviger',
  path: join(folder, 'seal', 'root.seal'),
  dataFolder: join(folder, 'data'),
  random: randomBytes,
});

async function made(): Promise<{ readonly folder: string; readonly options: Pkcs11SealOptions }> {
  const folder = newFolder();
  const options = optionsIn(folder, newToken());
  await createPkcs11Seal(options);
  return { folder, options };
}

sealConformance('PKCS #11', async () => {
  const [one, other] = [await made(), await made()];
  return {
    seal: await openPkcs11Seal(one.options),
    again: () => openPkcs11Seal(one.options),
    stranger: () => openPkcs11Seal(other.options),
    dispose: async () => {
      for (const { folder } of [one, other]) rmSync(folder, { recursive: true });
    },
  };
});

rootRotationConformance('PKCS #11', async () => {
  const { folder, options } = await made();
  return {
    seal: await openPkcs11Seal(options),
    another: () => openPkcs11Seal(options),
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

describe('a seal by a token', () => {
  let folder: string;
  let options: Pkcs11SealOptions;
  const text = (): string => readFileSync(options.path, 'utf8');

  beforeEach(async () => {
    ({ folder, options } = await made());
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a private file and one key on the token, which is no customer’s material', async () => {
    expect(statSync(options.path).mode & 0o777).toBe(0o600);
    const keys = await options.hsm.list('', 10);
    expect(keys).toHaveLength(1);
    expect(keys.every(isOwnReference)).toBe(true);
    expect(text()).toContain(keys[0]);
  });

  it('never touches a file that exists', async () => {
    const before = text();
    await expect(createPkcs11Seal(options)).rejects.toThrow(/expected no file there yet/);
    expect(text()).toBe(before);
  });

  it('is refused by another token, and says which one it wants', async () => {
    await expect(openPkcs11Seal({ ...options, hsm: newToken(), token: 'another' })).rejects.toMatchObject({
      name: 'Pkcs11SealRefused',
      message: expect.stringMatching(/on the token "another", found none \(the file names the token "claviger"\)/),
    });
  });

  it('is refused when its file was changed', async () => {
    writeFileSync(options.path, text().replace('"token":"claviger"', '"token":"clavigex"'));
    await expect(openPkcs11Seal(options)).rejects.toMatchObject({ name: 'Pkcs11SealRefused' });
    const { unlock, ...others } = JSON.parse(text()) as { unlock: { wrapped: string } };
    const flipped = Buffer.from(unlock.wrapped, 'base64');
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    const changed = { ...others, unlock: { ...unlock, wrapped: flipped.toString('base64') } };
    const ordered = Object.fromEntries(Object.entries(changed).sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(options.path, `${JSON.stringify(ordered)}\n`);
    await expect(openPkcs11Seal(options)).rejects.toMatchObject({ name: 'Pkcs11SealRefused' });
  });
});
