import { missingVersions } from './missing-versions.js';

const data = (...items: readonly (readonly [keyId: string, version: number])[]) => ({
  listMaterial: () => ({
    items: items.map(([keyId, version]) => ({
      keyId,
      version,
      reference: `${keyId}/${version}`,
      token: null,
      destroyed: false,
    })),
    next: undefined,
  }),
});
const anchor = (marks: Readonly<Record<string, number>>) => ({ versionMarks: () => new Map(Object.entries(marks)) });

describe('what the anchor has seen and the data lacks', () => {
  it('is named key by key', async () => {
    expect(
      await missingVersions(anchor({ whole: 2, behind: 3, gone: 1 }), data(['whole', 1], ['whole', 2], ['behind', 1])),
    ).toEqual([
      'Key behind has versions up to 1 in the data; the anchor has seen version 3.',
      'Key gone is not in the data; the anchor has seen version 1 of it.',
    ]);
  });

  it('is counted where there is too much to name', async () => {
    const marks = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`key-${n}`, 1]));
    const named = await missingVersions(anchor(marks), data());
    expect(named).toHaveLength(51);
    expect(named.at(-1)).toBe('The same holds for 10 more keys.');
  });
});
