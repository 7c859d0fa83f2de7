/**
 * ISO 8601 durations `P[n]Y[n]M[n]W[n]DT[n]H[n]M[n]S`: whole numbers, no sign, at least one part. Weeks may stand beside other parts
 * (ISO 8601-2). Years and months are calendar lengths, so a duration has no fixed number of milliseconds: it is always added to an instant.
 */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly milliseconds: number;
}

const PATTERN =
  /^P(?=.)(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?$/;

const DAY = 86_400_000;

/** Total: undefined for anything that is not such a duration. */
export function parseDuration(text: string): Duration | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  return {
    months: part(1) * 12 + part(2),
    days: part(3) * 7 + part(4),
    milliseconds: part(5) * 3_600_000 + part(6) * 60_000 + part(7) * 1000,
  };
}

/** The latest instant that `Date` can hold; sums beyond it stop there. */
const LATEST = 8.64e15;

/**
 * `at` (epoch milliseconds) plus `times` times the duration, on the UTC calendar. Months are added first and a day that the month lacks
 * becomes its last one (31 January + P1M = 28 or 29 February); multiplying before adding keeps a series from drifting.
 */
export function addDuration(at: number, duration: Duration, times = 1): number {
  const months = duration.months * times;
  const rest = duration.days * times * DAY + duration.milliseconds * times;
  const sum = (months === 0 ? at : addMonths(at, months)) + rest;
  return Number.isNaN(sum) ? Math.sign(times) * LATEST : Math.min(LATEST, Math.max(-LATEST, sum));
}

/** `at` minus the duration: what added to it on the calendar gives `at`, up to the clamping of month ends. */
export const subtractDuration = (at: number, duration: Duration): number => addDuration(at, duration, -1);

function addMonths(at: number, months: number): number {
  const date = new Date(at);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, lastDay));
}

/** Bounds over all starting instants: a month has 28 to 31 days, twelve months 365 or 366. */
const years = (duration: Duration): number => Math.floor(duration.months / 12);
const fixed = (duration: Duration): number => duration.days * DAY + duration.milliseconds;
export const shortestMilliseconds = (duration: Duration): number =>
  (years(duration) * 365 + (duration.months % 12) * 28) * DAY + fixed(duration);
export const longestMilliseconds = (duration: Duration): number =>
  (years(duration) * 366 + (duration.months % 12) * 31) * DAY + fixed(duration);

/** Is `a` at least as long as `b`, whenever they begin? Months count as their shortest in `a`, as their longest in `b`. */
export const isAtLeast = (a: Duration, b: Duration): boolean =>
  sameShape(a, b) || shortestMilliseconds(a) >= longestMilliseconds(b);

const sameShape = (a: Duration, b: Duration): boolean => a.months >= b.months && fixed(a) >= fixed(b);
