import fc from 'fast-check';
import {
  addDuration,
  isAtLeast,
  longestMilliseconds,
  parseDuration,
  shortestMilliseconds,
  subtractDuration,
} from './duration.js';

const DAY = 86_400_000;
const parsed = (text: string) => {
  const duration = parseDuration(text);
  if (duration === undefined) throw new Error(`${text} is no duration`);
  return duration;
};
const plus = (from: string, text: string, times?: number): string =>
  new Date(addDuration(Date.parse(from), parsed(text), times)).toISOString();

describe('ISO 8601 durations', () => {
  it.each<[string, number, number, number]>([
    ['P30D', 0, 30, 0],
    ['P2Y', 24, 0, 0],
    ['P1Y2M3W4DT5H6M7S', 14, 25, 18_367_000],
    ['PT24H', 0, 0, DAY],
    ['P0D', 0, 0, 0],
    ['P12W', 0, 84, 0],
  ])('%s is read', (text, months, days, milliseconds) => {
    expect(parseDuration(text)).toEqual({ months, days, milliseconds });
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    'P1H',
    '30',
    'P1.5D',
    'P-1D',
    '+P1D',
    'p1d',
    'P1D ',
    'P1D1Y',
    'PT1S1M',
    'P999999Y',
    'P1D\n',
  ])('%j is not one', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('are read or refused, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^P[0-9YMWDTHS]{0,20}$/)), (text) => {
        const duration = parseDuration(text);
        expect(duration === undefined || Number.isFinite(addDuration(0, duration))).toBe(true);
      }),
      { seed: 1 },
    );
  });

  it('are added on the UTC calendar', () => {
    expect(plus('2026-01-31T10:00:00Z', 'P1M')).toBe('2026-02-28T10:00:00.000Z');
    expect(plus('2028-01-31T10:00:00Z', 'P1M')).toBe('2028-02-29T10:00:00.000Z');
    expect(plus('2028-02-29T00:00:00Z', 'P1Y')).toBe('2029-02-28T00:00:00.000Z');
    expect(plus('2026-12-15T00:00:00Z', 'P1M')).toBe('2027-01-15T00:00:00.000Z');
    expect(plus('2026-03-28T12:00:00Z', 'P1DT1H')).toBe('2026-03-29T13:00:00.000Z');
  });

  it('do not drift when they are added many times over', () => {
    expect(plus('2026-01-31T00:00:00Z', 'P1M', 2)).toBe('2026-03-31T00:00:00.000Z');
    expect(plus('2026-01-31T00:00:00Z', 'P1M', 13)).toBe('2027-02-28T00:00:00.000Z');
  });

  it('are taken away on the calendar too', () => {
    expect(new Date(subtractDuration(Date.parse('2026-03-31T00:00:00Z'), parsed('P1M'))).toISOString()).toBe(
      '2026-02-28T00:00:00.000Z',
    );
    expect(new Date(subtractDuration(Date.parse('2026-01-10T00:00:00Z'), parsed('P1M10DT1H'))).toISOString()).toBe(
      '2025-11-29T23:00:00.000Z',
    );
  });

  it('end at the last instant that a date can hold', () => {
    expect(addDuration(Date.UTC(2026, 0), parsed('P99999Y'), 99)).toBe(8.64e15);
    expect(addDuration(Date.UTC(2026, 0), parsed('P99999Y'), -99)).toBe(-8.64e15);
  });

  it('lie between their shortest and longest form, whenever they begin', () => {
    const any = fc.record({ months: fc.nat(48), days: fc.nat(400), milliseconds: fc.nat(DAY) });
    fc.assert(
      fc.property(any, fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (duration, from) => {
        const length = addDuration(from.getTime(), duration) - from.getTime();
        expect(length).toBeLessThanOrEqual(longestMilliseconds(duration));
        // The last day of a longer month can fall together with that of a shorter one: three days at most.
        expect(length).toBeGreaterThanOrEqual(shortestMilliseconds(duration) - 3 * DAY);
      }),
      { seed: 1 },
    );
  });

  it('compare only where it is certain', () => {
    expect(isAtLeast(parsed('P1D'), parsed('PT24H'))).toBe(true);
    expect(isAtLeast(parsed('PT23H59M59S'), parsed('P1D'))).toBe(false);
    expect(isAtLeast(parsed('P1M'), parsed('P28D'))).toBe(true);
    expect(isAtLeast(parsed('P1M'), parsed('P30D'))).toBe(false);
    expect(isAtLeast(parsed('P31D'), parsed('P1M'))).toBe(true);
    expect(isAtLeast(parsed('P1Y'), parsed('P12M'))).toBe(true);
    expect(isAtLeast(parsed('P1Y'), parsed('P365D'))).toBe(true);
  });
});
