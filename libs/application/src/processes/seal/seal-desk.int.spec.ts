import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPassphraseSeal, openPassphraseSeal } from '@claviger/adapters/seal-passphrase';
import { createSharesSeal, openSharesSeal, type SharesSeal } from '@claviger/adapters/seal-shares';
import { SecretBytes } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import { InMemorySeal, type Seal } from '@claviger/ports';
import { SealDesk } from './seal-desk.js';

const bytes = (text: string): SecretBytes => SecretBytes.take(new TextEncoder().encode(text));
const textOf = (secret: SecretBytes): string => secret.use((each) => Buffer.from(each).toString('latin1'));

const deskOf = (seal: Seal): SealDesk => new SealDesk({ seal, rotations: undefined, sealNow: () => undefined });

/** What a refusal tells a program. */
async function refusalOf(work: () => unknown): Promise<readonly (string | undefined)[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof KmsError) return [error.kind, error.details.reason];
    throw error;
  }
  return ['none'];
}

describe('the desk at which operators rekey a seal', () => {
  let folder: string;
  const place = () => ({
    path: join(folder, 'seal', 'root.seal'),
    dataFolder: join(folder, 'data'),
    random: randomBytes,
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-desk-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  describe('with shares', () => {
    let shares: readonly string[];
    let seal: SharesSeal;
    let desk: SealDesk;

    beforeEach(async () => {
      shares = (await createSharesSeal({ shares: 3, threshold: 2 }, place())).map(textOf);
      seal = openSharesSeal(place());
      for (const share of shares.slice(0, 2)) await seal.unseal(bytes(share));
      desk = deskOf(seal);
    });

    const opens = async (path: string, given: readonly string[]): Promise<boolean> => {
      const again = openSharesSeal({ ...place(), path });
      try {
        for (const share of given) await again.unseal(bytes(share));
      } catch {
        return false;
      }
      return again.status() === 'unsealed';
    };

    it('hands out new shares to a quorum of the present ones, and lets them count once a quorum of them came back', async () => {
      const [one = '', two = '', three = ''] = shares;
      expect(await desk.beginRekey({ shares: 4, threshold: 3 })).toMatchObject({
        rekey: { step: 'authorising', missing: 2 },
      });
      expect(desk.view()).toMatchObject({ state: 'unsealed', rekey: { step: 'authorising', given: [] } });
      expect(await desk.giveShare(one)).toMatchObject({ rekey: { given: [1] }, newShares: null, done: false });
      expect(await refusalOf(() => desk.giveShare(one))).toEqual(['Validation', 'given-twice']);
      const made = await desk.giveShare(three);
      expect(made).toMatchObject({ rekey: { step: 'confirming', threshold: 3, missing: 3 }, done: false });
      const fresh = made.newShares ?? [];
      expect(fresh).toHaveLength(4);
      expect(await refusalOf(() => desk.giveShare(two))).toEqual(['Validation', 'other-set']);
      // Nobody has shown yet that the new ones were written down.
      copyFileSync(place().path, join(folder, 'seal', 'copy.seal'));
      expect(await opens(place().path, [one, two])).toBe(true);
      for (const share of fresh.slice(0, 2)) expect((await desk.giveShare(share)).done).toBe(false);
      expect(await desk.giveShare(fresh[3] ?? '')).toEqual({ rekey: null, newShares: null, done: true });
      expect(await opens(place().path, [one, two])).toBe(false);
      expect(await opens(place().path, fresh.slice(1))).toBe(true);
      // A copy of the file from before opens as it did (ADR 0009).
      expect(await opens(join(folder, 'seal', 'copy.seal'), [one, two])).toBe(true);
    });

    it('is left without a trace, and asked for nothing that it has not begun', async () => {
      expect(await refusalOf(() => desk.giveShare(shares[0] ?? ''))).toEqual(['InvalidKeyState', undefined]);
      await desk.beginRekey({ shares: 2, threshold: 2 });
      desk.cancelRekey();
      expect(desk.view().rekey).toBeNull();
      expect(await opens(place().path, shares.slice(1))).toBe(true);
    });

    it('refuses a plan that is none, and a passphrase', async () => {
      expect(await refusalOf(() => desk.beginRekey({ shares: 2, threshold: 3 }))).toEqual(['Validation', undefined]);
      expect(await refusalOf(() => desk.changePassphrase('a', 'b'))).toEqual(['InvalidKeyState', undefined]);
    });
  });

  it('changes a passphrase for who knows the present one, one try at a time', async () => {
    await createPassphraseSeal(bytes('the present passphrase'), place());
    const seal = openPassphraseSeal(place());
    await seal.unseal(bytes('the present passphrase'));
    const desk = deskOf(seal);
    const wrong = refusalOf(() => desk.changePassphrase('another passphrase', 'the next passphrase'));
    expect(await refusalOf(() => desk.changePassphrase('the present passphrase', 'x'.repeat(12)))).toEqual([
      'Conflict',
      undefined,
    ]);
    expect(await wrong).toEqual(['Validation', 'wrong-passphrase']);
    expect(await refusalOf(() => desk.changePassphrase('the present passphrase', 'short'))).toEqual([
      'Validation',
      undefined,
    ]);
    await desk.changePassphrase('the present passphrase', 'the next passphrase');
    const again = openPassphraseSeal(place());
    await expect(again.unseal(bytes('the present passphrase'))).rejects.toMatchObject({ reason: 'wrong-passphrase' });
    expect(await again.unseal(bytes('the next passphrase'))).toEqual({ status: 'unsealed' });
    expect(await refusalOf(() => desk.beginRekey({ shares: 3, threshold: 2 }))).toEqual(['InvalidKeyState', undefined]);
  }, 60_000);

  it('says of a seal without passphrase, shares or another root key that it has none', async () => {
    const desk = deskOf(new InMemorySeal(randomBytes));
    expect(await refusalOf(() => desk.changePassphrase('a', 'b'))).toEqual(['InvalidKeyState', undefined]);
    expect(await refusalOf(() => desk.cancelRekey())).toEqual(['InvalidKeyState', undefined]);
    expect(await refusalOf(() => desk.rotation())).toEqual(['InvalidKeyState', undefined]);
  });
});
