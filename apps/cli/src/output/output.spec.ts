import { FakeIo } from '../../../../test/support/cli/fake-io.js';
import { facts } from './facts.js';
import { printable } from './printable.js';
import { Progress } from './progress.js';
import { table } from './table.js';
import { shownTime } from './time.js';
import { cut, widthOf } from './width.js';

interface Row {
  readonly id: string;
  readonly words: string;
  readonly count: number | null;
}
const COLUMNS = [
  { head: 'ID', of: ({ id }: Row) => id },
  { head: 'WORDS', of: ({ words }: Row) => words, flexible: true },
  { head: 'COUNT', of: ({ count }: Row) => count, align: 'right' as const },
];
const ROWS: readonly Row[] = [
  { id: 'a', words: 'one two three four five six', count: 7 },
  { id: 'bbbb', words: '', count: null },
];

describe('a table', () => {
  it('is as wide as what is in it, without blanks at line ends', () => {
    expect(table(ROWS, COLUMNS, undefined)).toBe(
      ['ID    WORDS                        COUNT', 'a     one two three four five six      7', 'bbbb', ''].join('\n'),
    );
  });

  it('cuts what may be cut where the terminal is narrow, and nothing else', () => {
    expect(table(ROWS, COLUMNS, 26).split('\n')[1]).toBe('a     one two thre…      7');
    expect(table(ROWS, COLUMNS, 10).split('\n')[1]).toBe('a     one two…      7');
  });

  it('leaves out columns that say nothing, but not their heads where there are no rows', () => {
    expect(table([{ id: 'a', words: '', count: null }], COLUMNS, undefined)).toBe('ID\na\n');
    expect(table([], COLUMNS, undefined)).toBe('ID  WORDS  COUNT\n');
  });

  it('counts cells, not characters', () => {
    expect(widthOf('鍵abc')).toBe(5);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('👩‍🔬')).toBe(2);
    expect(cut('鍵鍵鍵', 4)).toBe('鍵…');
    const rows = [
      { id: '鍵', words: 'x', count: 1 },
      { id: 'abc', words: 'y', count: 2 },
    ];
    expect(table(rows, COLUMNS, undefined).split('\n')[1]).toBe('鍵   x          1');
  });
});

describe('what others wrote', () => {
  it('cannot move the cursor, change colours, start a line or turn the direction of text', () => {
    expect(printable('a\u001b[2Jb\r\nc\u202ed\u009be')).toBe('a\\u001b[2Jb\\u000d\\u000ac\\u202ed\\u009be');
    const shown =
      table([{ id: '\u001b]0;x\u0007', words: 'a\nb', count: 1 }], COLUMNS, undefined) +
      facts([['name', '\u001b[31m']]);
    expect(shown.split('').filter((character) => character < ' ' && character !== '\n')).toEqual([]);
    expect(printable('Müller 鍵 👍')).toBe('Müller 鍵 👍');
  });
});

describe('facts', () => {
  it('stand below each other; what says nothing is left out', () => {
    expect(
      facts([
        ['a', 1],
        ['long', ['x', 'y']],
        ['none', null],
        ['empty', []],
        ['flag', false],
        ['blank', ''],
      ]),
    ).toBe('a     1\nlong  x\n      y\nflag  no\n');
  });
});

describe('progress', () => {
  it('is shown only to somebody who watches, and taken away at the end', () => {
    const io = new FakeIo();
    const hidden = new Progress(io, 'verifying');
    hidden.show(1, 2);
    hidden.end();
    expect(io.stderr).toBe('');
    io.watched = true;
    const shown = new Progress(io, 'verifying');
    shown.show(1, 2);
    shown.show(1, 2);
    shown.show(5, 2);
    shown.end();
    expect(io.stderr.match(/50 %/g)).toHaveLength(1);
    expect(io.stderr).toMatch(/\[#{30}\] 100 %\r +\r$/);
  });
});

describe('a time', () => {
  it('is shown on the clock of the reader', () => {
    const io = new FakeIo();
    expect(shownTime(io, '2026-11-24T03:00:12.345Z')).toBe('2026-11-24 03:00:12');
    expect(shownTime({ timeZone: 'Europe/Berlin' }, '2026-11-24T03:00:12.345Z')).toBe('2026-11-24 04:00:12');
    expect([shownTime(io, null), shownTime(io, 'soon')]).toEqual(['', 'soon']);
  });
});
