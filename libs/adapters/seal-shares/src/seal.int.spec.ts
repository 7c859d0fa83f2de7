import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretBytes } from '@claviger/crypto';
import { Sealed, UnsealRefused } from '@claviger/ports';
import { rootRotationConformance, sealConformance } from '@claviger/ports/testing';
import { createSharesSeal } from './create.js';
import { openSharesSeal, type SharesSeal } from './seal.js';
import { encodeShare, parseShare } from './share-text.js';

const PLAN = { shares: 5, threshold: 3 };
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'claviger-shares-'));
const placeIn = (folder: string): { path: string; dataFolder: string; random: typeof randomBytes } => ({
  path: join(folder, 'seal', 'root.seal'),
  dataFolder: join(folder, 'data'),
  random: randomBytes,
});

async function opened(folder: string, shares: readonly SecretBytes[]): Promise<SharesSeal> {
  const seal = openSharesSeal(placeIn(folder));
  for (const share of shares.slice(0, 3)) await seal.unseal(share);
  return seal;
}

sealConformance('shares', async () => {
  const [folder, other] = [newFolder(), newFolder()];
  const shares = await createSharesSeal(PLAN, placeIn(folder));
  const others = await createSharesSeal(PLAN, placeIn(other));
  return {
    seal: await opened(folder, shares),
    again: () => opened(folder, shares),
    stranger: () => opened(other, others),
    dispose: async () => {
      for (const each of [folder, other]) rmSync(each, { recursive: true });
    },
  };
});

rootRotationConformance('shares', async () => {
  const folder = newFolder();
  const shares = await createSharesSeal(PLAN, placeIn(folder));
  return {
    seal: await opened(folder, shares),
    another: () => opened(folder, shares),
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

describe('SharesSeal', () => {
  let folder: string;
  let shares: readonly SecretBytes[];
  let set: string;
  const place = (): ReturnType<typeof placeIn> => placeIn(folder);
  const share = (index: number, from = shares): SecretBytes => from[index - 1] ?? SecretBytes.take(new Uint8Array());
  const text = (index: number): string => share(index).use((bytes) => Buffer.from(bytes).toString());

  beforeEach(async () => {
    folder = newFolder();
    shares = await createSharesSeal(PLAN, place());
    set = JSON.parse(readFileSync(place().path, 'utf8')).unlock.set;
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('opens with any three of five, in any order, and says each time how many more it needs', async () => {
    const seal = openSharesSeal(place());
    const known = { status: 'sealed', wants: 'shares', set, shares: 5, threshold: 3 };
    expect(seal.progress()).toEqual({ ...known, given: [], missing: 3 });
    expect(await seal.unseal(share(5))).toEqual({ ...known, given: [5], missing: 2 });
    expect(await seal.unseal(share(2))).toEqual({ ...known, given: [2, 5], missing: 1 });
    await expect(seal.wrap(SecretBytes.take(randomBytes(32)), 'a context')).rejects.toBeInstanceOf(Sealed);
    expect(await seal.unseal(share(4))).toEqual({ status: 'unsealed' });
    expect(seal.status()).toBe('unsealed');
    expect(await seal.unseal(share(1))).toEqual({ status: 'unsealed' });
  });

  it('refuses a share that was given already, and goes on', async () => {
    const seal = openSharesSeal(place());
    await seal.unseal(share(2));
    await expect(seal.unseal(share(2))).rejects.toMatchObject({ reason: 'given-twice', share: { set, index: 2 } });
    await seal.unseal(share(3));
    expect(await seal.unseal(share(4))).toEqual({ status: 'unsealed' });
  });

  it('names a wrong share, and keeps those that were given', async () => {
    const seal = openSharesSeal(place());
    await seal.unseal(share(1));
    const refused: unknown = await seal.unseal(forged(share(2))).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UnsealRefused);
    expect(refused).toMatchObject({ reason: 'wrong-share', share: { set, index: 2 } });
    expect(String(refused)).toContain(`share 2 of the set ${set}`);
    expect(seal.progress()).toMatchObject({ given: [1], missing: 2 });
    await seal.unseal(share(2));
    expect(await seal.unseal(share(3))).toEqual({ status: 'unsealed' });
  });

  it('names a mistyped share, and shows nothing of it', async () => {
    const seal = openSharesSeal(place());
    const typed = text(3).replace(/.$/, (last) => (last === '4' ? '5' : '4'));
    const refused: unknown = await seal.unseal(SecretBytes.copyOf(Buffer.from(typed))).catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: 'unreadable-share', share: { set, index: 3 } });
    expect(String(refused)).not.toContain(typed.slice(40, 49));
    await expect(seal.unseal(SecretBytes.copyOf(Buffer.from('open sesame')))).rejects.toMatchObject({
      reason: 'unreadable-share',
    });
    expect(seal.progress()).toMatchObject({ given: [] });
  });

  it('names the set of a share that belongs to another', async () => {
    const other = newFolder();
    const others = await createSharesSeal(PLAN, placeIn(other));
    rmSync(other, { recursive: true });
    const seal = openSharesSeal(place());
    await seal.unseal(share(1));
    const refused: unknown = await seal.unseal(share(2, others)).catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: 'other-set', share: { index: 2 } });
    expect(String(refused)).toContain(set);
    expect(seal.progress()).toMatchObject({ given: [1] });
  });

  it('says which share was taken, the last one too, and says nothing once it is open', async () => {
    const seal = openSharesSeal(place());
    const taken: unknown[] = [];
    const note = (name: unknown): number => taken.push(name);
    await Promise.all([4, 2].map((index) => seal.unseal(share(index), note)));
    await expect(seal.unseal(share(2), note)).rejects.toMatchObject({ reason: 'given-twice' });
    await seal.unseal(share(5), note);
    await seal.unseal(share(1), note);
    expect(taken).toEqual([4, 2, 5].map((index) => ({ set, index })));
  });

  it('takes shares that are given at once, each once', async () => {
    const seal = openSharesSeal(place());
    const answers = await Promise.allSettled(
      [share(1), share(1), share(2), share(3), share(4)].map((each) => seal.unseal(each)),
    );
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(seal.status()).toBe('unsealed');
  });

  it('forgets on request the shares that were given', async () => {
    const seal = openSharesSeal(place());
    await seal.unseal(share(1));
    await seal.unseal(share(2));
    seal.forgetShares();
    expect(await seal.unseal(share(3))).toMatchObject({ given: [3], missing: 2 });
  });

  it('wants all its shares anew once it was sealed again', async () => {
    const seal = await opened(folder, shares);
    seal.seal();
    expect(await seal.unseal(share(1))).toMatchObject({ status: 'sealed', given: [1], missing: 2 });
  });

  it('says so when the right shares do not open the file, and wants them anew when it was restored', async () => {
    const before = readFileSync(place().path, 'utf8');
    const { root } = JSON.parse(before) as { root: string };
    const seal = openSharesSeal(place());
    writeFileSync(place().path, before.replace(root, '0123456789abcdef'));
    await seal.unseal(share(1));
    await seal.unseal(share(2));
    await expect(seal.unseal(share(3))).rejects.toMatchObject({ reason: 'file-changed' });
    writeFileSync(place().path, before);
    expect(await seal.unseal(share(3))).toMatchObject({ given: [3], missing: 2 });
    await seal.unseal(share(1));
    expect(await seal.unseal(share(2))).toEqual({ status: 'unsealed' });
  });

  it('holds nothing in its file that a share or the root key could be read from', () => {
    const file = readFileSync(place().path, 'latin1');
    for (let index = 1; index <= 5; index++) {
      const parsed = parseShare(share(index));
      const value = 'value' in parsed ? parsed.value.unsafeExportBytes() : new Uint8Array();
      expect(file).not.toContain(Buffer.from(value.subarray(0, 12)).toString('base64').slice(0, 14));
      expect(file).not.toContain(text(index).slice(31, 40));
    }
    expect(statSync(place().path).mode & 0o777).toBe(0o600);
  });

  describe('rekey', () => {
    const wrap = (seal: SharesSeal): Promise<Uint8Array> =>
      seal.wrap(SecretBytes.take(new Uint8Array(32).fill(4)), 'a context');
    const opens = async (seal: SharesSeal, wrapped: Uint8Array): Promise<boolean> =>
      (await seal.unwrap(wrapped, 'a context'))?.equals(new Uint8Array(32).fill(4)) === true;

    async function newSharesOf(seal: SharesSeal): Promise<readonly SecretBytes[]> {
      seal.beginRekey({ shares: 4, threshold: 2 });
      await seal.giveForRekey(share(1));
      await seal.giveForRekey(share(2));
      const { newShares, progress } = await seal.giveForRekey(share(3));
      expect(progress).toMatchObject({ step: 'confirming', shares: 4, threshold: 2, given: [], missing: 2 });
      expect(newShares).toHaveLength(4);
      return newShares ?? [];
    }

    it('makes other shares for the same root key by a quorum, once enough of them were given back', async () => {
      const seal = await opened(folder, shares);
      const wrapped = await wrap(seal);
      expect(seal.rekeyProgress()).toEqual({ step: 'none' });
      const fresh = await newSharesOf(seal);
      await seal.giveForRekey(share(4, fresh));
      expect((await seal.giveForRekey(share(2, fresh))).progress).toEqual({ step: 'none' });
      const later = openSharesSeal(place());
      await expect(later.unseal(share(1))).rejects.toMatchObject({ reason: 'other-set' });
      await later.unseal(share(1, fresh));
      expect(await later.unseal(share(3, fresh))).toEqual({ status: 'unsealed' });
      expect(await opens(later, wrapped)).toBe(true);
      expect(await opens(seal, wrapped)).toBe(true);
      const change = await seal.beginRootChange(1);
      await later.refreshRoot();
      expect(later.rootChange()).toEqual(change);
      seal.seal();
      expect(seal.progress()).toMatchObject({ shares: 4, threshold: 2, missing: 2 });
    });

    it('changes nothing until the new shares were given back', async () => {
      const seal = await opened(folder, shares);
      const before = readFileSync(place().path);
      const fresh = await newSharesOf(seal);
      await seal.giveForRekey(share(1, fresh));
      seal.seal();
      expect(readFileSync(place().path).equals(before)).toBe(true);
      expect((await opened(folder, shares)).status()).toBe('unsealed');
    });

    it('refuses present shares where new ones are wanted, wrong ones, and the same twice', async () => {
      const seal = await opened(folder, shares);
      seal.beginRekey(PLAN);
      await seal.giveForRekey(share(1));
      await expect(seal.giveForRekey(share(1))).rejects.toMatchObject({ reason: 'given-twice' });
      await expect(seal.giveForRekey(forged(share(2)))).rejects.toMatchObject({ reason: 'wrong-share' });
      const fresh = await newSharesOf(seal);
      await expect(seal.giveForRekey(share(4))).rejects.toMatchObject({ reason: 'other-set' });
      await seal.giveForRekey(share(1, fresh));
      await expect(seal.giveForRekey(share(1, fresh))).rejects.toMatchObject({ reason: 'given-twice' });
      expect(seal.rekeyProgress()).toMatchObject({ step: 'confirming', given: [1], missing: 1 });
    });

    it('is for an open seal, a sound plan, and one rekey at a time', async () => {
      const sealed = openSharesSeal(place());
      expect(() => sealed.beginRekey(PLAN)).toThrow(Sealed);
      await expect(sealed.giveForRekey(share(1))).rejects.toBeInstanceOf(Sealed);
      const seal = await opened(folder, shares);
      expect(() => seal.beginRekey({ shares: 2, threshold: 3 })).toThrow(RangeError);
      await expect(seal.giveForRekey(share(1))).rejects.toBeInstanceOf(RangeError);
      seal.beginRekey(PLAN);
      await seal.giveForRekey(share(1));
      expect(seal.beginRekey(PLAN)).toMatchObject({ step: 'authorising', given: [] });
      seal.cancelRekey();
      expect(seal.rekeyProgress()).toEqual({ step: 'none' });
    });

    it('keeps both root keys when it happens during a change of the root key', async () => {
      const seal = await opened(folder, shares);
      const old = await wrap(seal);
      const change = await seal.beginRootChange(1);
      const fresh = await newSharesOf(seal);
      await seal.giveForRekey(share(1, fresh));
      await seal.giveForRekey(share(2, fresh));
      const later = openSharesSeal(place());
      await later.unseal(share(3, fresh));
      await later.unseal(share(4, fresh));
      expect(later.rootChange()).toEqual(change);
      expect(await opens(later, old)).toBe(true);
    });
  });
});

/** A share of the same set and index that was not handed out, checksum and all. */
function forged(genuine: SecretBytes): SecretBytes {
  const share = parseShare(genuine);
  if (!('value' in share)) throw new Error(share.problem);
  const value = share.value.unsafeExportBytes();
  value[7] = (value[7] ?? 0) ^ 1;
  return encodeShare({ ...share, value: SecretBytes.take(value) });
}
