import { createHmac, randomBytes } from 'node:crypto';
import { SecretBytes } from '@claviger/crypto';
import { combine } from 'shamir-secret-sharing';
import { newShareSet } from './share-set.js';
import { parseShare, type Share } from './share-text.js';

function sharesOf(texts: readonly SecretBytes[]): readonly Share[] {
  return texts.map((text) => {
    const share = parseShare(text);
    if ('problem' in share) throw new Error(share.problem);
    return share;
  });
}

const valueOf = (share: Share | undefined): Uint8Array => share?.value.unsafeExportBytes() ?? new Uint8Array();

/** Multiplication in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, bit by bit. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= a;
    a = (a << 1) ^ (a & 0x80 ? 0x11b : 0);
  }
  return product;
}

function inverse(a: number): number {
  for (let b = 1; b < 256; b++) if (times(a, b) === 1) return b;
  throw new Error('zero has none');
}

/** Lagrange's interpolation at zero, written from the definition, to hold the library against. */
function interpolated(values: readonly Uint8Array[]): Uint8Array {
  const points = values.map((value) => value[32] ?? 0);
  return Uint8Array.from({ length: 32 }, (_, byte) =>
    values.reduce((sum, value, i) => {
      let factor = value[byte] ?? 0;
      points.forEach((x, j) => {
        if (j !== i) factor = times(factor, times(x, inverse(x ^ (points[i] ?? 0))));
      });
      return sum ^ factor;
    }, 0),
  );
}

describe('newShareSet', () => {
  it('makes shares of which any as many as are needed lead to the key', async () => {
    const { key, shares } = await newShareSet({ shares: 5, threshold: 3 }, randomBytes);
    const values = sharesOf(shares).map(valueOf);
    for (let a = 0; a < 5; a++)
      for (let b = a + 1; b < 5; b++)
        for (let c = b + 1; c < 5; c++) {
          const some = [a, b, c].map((i) => values[i] ?? new Uint8Array());
          expect(key.equals(interpolated(some))).toBe(true);
          expect(key.equals(await combine(some))).toBe(true);
        }
  });

  it('makes shares of which fewer lead elsewhere', async () => {
    const { key, shares } = await newShareSet({ shares: 5, threshold: 3 }, randomBytes);
    const values = sharesOf(shares).map(valueOf);
    for (let a = 0; a < 5; a++)
      for (let b = a + 1; b < 5; b++) {
        const some = [a, b].map((i) => values[i] ?? new Uint8Array());
        expect(key.equals(interpolated(some))).toBe(false);
      }
  });

  it('numbers them in order, under one set and points that all differ', async () => {
    const { unlock, shares } = await newShareSet({ shares: 9, threshold: 2 }, randomBytes);
    const parsed = sharesOf(shares);
    expect(parsed.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(parsed.map(({ set }) => set))).toEqual(new Set([unlock.set]));
    expect(new Set(parsed.map((share) => valueOf(share)[32])).size).toBe(9);
    expect((await newShareSet({ shares: 9, threshold: 2 }, randomBytes)).unlock.set).not.toBe(unlock.set);
  });

  it('commits to each share by a MAC under the share itself', async () => {
    const { unlock, shares } = await newShareSet({ shares: 3, threshold: 2 }, randomBytes);
    for (const share of sharesOf(shares)) {
      const text = `claviger share commitment v1 ${unlock.set} ${share.index} 2 3`;
      const expected = createHmac('sha256', valueOf(share)).update(text).digest('base64');
      expect(unlock.commitments[share.index - 1]).toBe(expected);
    }
  });

  it.each([
    [1, 1],
    [2, 1],
    [2, 3],
    [256, 2],
    [3.5, 2],
    [3, Number.NaN],
  ])('refuses %d shares of which %d are needed', async (shares, threshold) => {
    await expect(newShareSet({ shares, threshold }, randomBytes)).rejects.toBeInstanceOf(RangeError);
  });
});
