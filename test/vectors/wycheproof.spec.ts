import { ranAgainst, requireExternal } from '../support/external.js';
import { CURVES } from './drivers/curves.js';
import { RSA } from './drivers/rsa.js';
import { SYMMETRIC } from './drivers/symmetric.js';
import { judge } from './judge.js';
import { filesWithRefusals, refusalsOf } from './refusals.js';
import { readCases, vectorFolder } from './vector-file.js';

const DRIVERS = { ...SYMMETRIC, ...RSA, ...CURVES };
const folder = vectorFolder();

requireExternal(
  'wycheproof',
  folder,
  'neither WYCHEPROOF_DIR nor ../shared/vectors/wycheproof exists',
)('the Wycheproof vectors against our own functions', () => {
  const counts: (readonly [string, number, number])[] = [];

  it.each(Object.entries(DRIVERS))(
    '%s: every case is passed, or refused for a listed reason',
    async (file, driver) => {
      const verdict = await judge(readCases(folder ?? '', file), driver, refusalsOf(file));
      counts.push([file, verdict.passed, verdict.refused]);
      expect(verdict.failures).toEqual([]);
    },
    120_000,
  );

  afterAll(() => {
    process.stdout.write(table(counts));
    const total = (column: 1 | 2): number => counts.reduce((sum, row) => sum + row[column], 0);
    ranAgainst('wycheproof cases', `${counts.length} files, ${total(1)} passed, ${total(2)} refused on purpose`);
  });
});

describe('the table of deliberate refusals', () => {
  it('names only files that are run', () => {
    expect(filesWithRefusals().filter((file) => !Object.hasOwn(DRIVERS, file))).toEqual([]);
  });
});

function table(rows: readonly (readonly [string, number, number])[]): string {
  const line = (file: string, passed: string, refused: string): string =>
    `${file.padEnd(44)} ${passed.padStart(7)} ${refused.padStart(8)}\n`;
  return line('file', 'passed', 'refused') + rows.map(([file, p, r]) => line(file, String(p), String(r))).join('');
}
