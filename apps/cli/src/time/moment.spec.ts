import { UsageError } from '../failure.js';
import { type Here, parseMoment } from './moment.js';
import { instantOf, wallTime } from './zone.js';

/** Thursday 2026-11-26 14:30 UTC. */
const UTC: Here = { now: Date.UTC(2026, 10, 26, 14, 30), timeZone: 'UTC' };
/** The same moment, where the clock shows 15:30. */
const BERLIN: Here = { ...UTC, timeZone: 'Europe/Berlin' };
const NEW_YORK: Here = { ...UTC, timeZone: 'America/New_York' };

const read = (text: string, here = UTC, after?: string): string =>
  new Date(parseMoment('--since', text, here, after === undefined ? undefined : Date.parse(after))).toISOString();

describe('a moment that a person writes', () => {
  it.each([
    ['2026-11-24T03:00:00Z', '2026-11-24T03:00:00.000Z'],
    ['2026-11-24T03:00:00.250z', '2026-11-24T03:00:00.250Z'],
    ['2026-11-24T03:00+01:00', '2026-11-24T02:00:00.000Z'],
    ['2026-11-24 03:00', '2026-11-24T03:00:00.000Z'],
    ['2026-11-24T03:00:05', '2026-11-24T03:00:05.000Z'],
    [' 2026-11-24 ', '2026-11-24T00:00:00.000Z'],
    ['2h', '2026-11-26T12:30:00.000Z'],
    ['3d', '2026-11-23T14:30:00.000Z'],
    ['1h30m ago', '2026-11-26T13:00:00.000Z'],
    ['1w', '2026-11-19T14:30:00.000Z'],
    ['now', '2026-11-26T14:30:00.000Z'],
    ['today', '2026-11-26T00:00:00.000Z'],
    ['yesterday 14:00', '2026-11-25T14:00:00.000Z'],
    ['03:00', '2026-11-26T03:00:00.000Z'],
    ['3pm', '2026-11-25T15:00:00.000Z'],
    ['12am', '2026-11-26T00:00:00.000Z'],
    ['3:30 PM', '2026-11-25T15:30:00.000Z'],
    ['Tuesday 03:00', '2026-11-24T03:00:00.000Z'],
    ['tue 3am', '2026-11-24T03:00:00.000Z'],
    ['friday', '2026-11-20T00:00:00.000Z'],
    ['thursday', '2026-11-26T00:00:00.000Z'],
    ['thursday 15:00', '2026-11-19T15:00:00.000Z'],
  ])('%j is %s on Thursday 2026-11-26 at 14:30', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it('is read on the clock of the person when it names no zone', () => {
    expect(read('2026-11-24 03:00', BERLIN)).toBe('2026-11-24T02:00:00.000Z');
    expect(read('tuesday 03:00', NEW_YORK)).toBe('2026-11-24T08:00:00.000Z');
    expect(read('15:20', BERLIN)).toBe('2026-11-26T14:20:00.000Z');
    expect(read('15:20')).toBe('2026-11-25T15:20:00.000Z');
    expect(read('2026-11-24T03:00:00Z', BERLIN)).toBe('2026-11-24T03:00:00.000Z');
  });

  it('is the first one after another where it ends a stretch', () => {
    expect(read('04:00', UTC, '2026-11-24T03:00:00Z')).toBe('2026-11-24T04:00:00.000Z');
    expect(read('02:00', UTC, '2026-11-24T03:00:00Z')).toBe('2026-11-25T02:00:00.000Z');
    expect(read('tuesday 04:00', UTC, '2026-11-24T03:00:00Z')).toBe('2026-11-24T04:00:00.000Z');
    expect(read('tuesday 03:00', UTC, '2026-11-24T03:00:00Z')).toBe('2026-12-01T03:00:00.000Z');
    expect(read('1h', UTC, '2026-11-24T03:00:00Z')).toBe('2026-11-26T13:30:00.000Z');
  });

  it.each([
    '',
    '3',
    '25:00',
    '12:60',
    '13pm',
    '0am',
    '2026-13-01',
    '2026-02-30',
    '2026-11-24 24:00',
    'tu',
    'someday',
    'tuesday noon',
    '-2h',
    '2y',
    '2026-11-24T03:00:00+25:99',
  ])('is refused as %j, with the ways to write one', (text) => {
    expect(() => read(text)).toThrow(UsageError);
    expect(() => read(text)).toThrow(/^--since must be a time like/);
  });
});

describe('summer time', () => {
  const berlin = (month: number, day: number, hour: number, minute: number): string =>
    new Date(instantOf({ year: 2026, month, day, hour, minute, second: 0 }, 'Europe/Berlin')).toISOString();

  it('takes the first of two moments that the clock shows', () => {
    expect(berlin(10, 25, 2, 30)).toBe('2026-10-25T00:30:00.000Z');
    expect(berlin(10, 25, 3, 30)).toBe('2026-10-25T02:30:00.000Z');
  });

  it('goes on as much later where the clock skips the hour', () => {
    expect(berlin(3, 29, 2, 30)).toBe('2026-03-29T01:30:00.000Z');
    expect(wallTime(Date.parse('2026-03-29T01:30:00Z'), 'Europe/Berlin')).toMatchObject({ hour: 3, minute: 30 });
  });

  it('is the inverse of reading the clock, at every half hour of a year', () => {
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 1_800_000 * 7) {
      const found = instantOf(wallTime(at, 'America/St_Johns'), 'America/St_Johns');
      expect(at - found === 0 || at - found === 3_600_000).toBe(true);
    }
  });
});
