import { UsageError } from '../failure.js';
import { instantOf, isCalendarTime, wallTime, type WallTime } from './zone.js';

/** What a text like `tuesday 03:00` is read against. */
export interface Here {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly timeZone: string;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const WITH_ZONE = /^\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:z|[+-]\d{2}:?\d{2})$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[t ]+(.+))?$/;
const AGO = /^((?:\d{1,9}[smhdw])+)(?: ago)?$/;
const TIME = /^(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?(?: ?(am|pm))?$/;
const DAY_AND_TIME = /^([a-z]+)(?: +(.+))?$/;

/** The ways to write a moment, for help and errors. */
export const MOMENT_FORMS =
  'a time like 2026-11-24T03:00:00Z, "2026-11-24 03:00", 2026-11-24, 03:00, "tuesday 03:00", yesterday, or how long ago: 2h, 3d, 1h30m';

/**
 * The moment that a person means; times without a zone are those of the person's own clock. A weekday or a time of day is the last one
 * that was, or with `after` the first one after that.
 * @param option for the error @returns epoch milliseconds @throws UsageError
 */
export function parseMoment(option: string, text: string, here: Here, after?: number): number {
  const at = momentOf(text.trim().toLowerCase(), here, after);
  if (at === undefined || Number.isNaN(at)) {
    throw new UsageError(`${option} must be ${MOMENT_FORMS}; found ${JSON.stringify(text)}.`);
  }
  return at;
}

function momentOf(text: string, here: Here, after: number | undefined): number | undefined {
  if (text === 'now') return here.now;
  if (WITH_ZONE.test(text)) return Date.parse(text.toUpperCase().replace(' ', 'T'));
  const ago = AGO.exec(text)?.[1];
  if (ago !== undefined) return here.now - durationOf(ago);
  const date = DATE.exec(text);
  if (date !== null) return onDate(date, here);
  const time = timeOf(text);
  if (time !== undefined) return nearest(here, after, 1, time, () => true);
  return onNamedDay(text, here, after);
}

function durationOf(text: string): number {
  let ms = 0;
  for (const [, count = '0', unit = 's'] of text.matchAll(/(\d+)([smhdw])/g)) ms += Number(count) * (UNITS[unit] ?? 0);
  return ms;
}

function onDate([, year, month, day, rest]: RegExpExecArray, { timeZone }: Here): number | undefined {
  const time = rest === undefined ? MIDNIGHT : timeOf(rest);
  if (time === undefined) return undefined;
  const wall = { year: Number(year), month: Number(month), day: Number(day), ...time };
  return isCalendarTime(wall) ? instantOf(wall, timeZone) : undefined;
}

type TimeOfDay = Pick<WallTime, 'hour' | 'minute' | 'second'>;
const MIDNIGHT: TimeOfDay = { hour: 0, minute: 0, second: 0 };

/** `03:00`, `3:30 pm`, `3pm`; a bare number is too little to go by. */
function timeOf(text: string): TimeOfDay | undefined {
  const [whole, hours, minutes, seconds, half] = TIME.exec(text) ?? [];
  if (whole === undefined || (minutes === undefined && half === undefined)) return undefined;
  const [given, minute, second] = [Number(hours), Number(minutes ?? 0), Number(seconds ?? 0)];
  if (half !== undefined && (given < 1 || given > 12)) return undefined;
  const hour = half === undefined ? given : (given % 12) + (half === 'pm' ? 12 : 0);
  return hour < 24 && minute < 60 && second < 60 ? { hour, minute, second } : undefined;
}

function onNamedDay(text: string, here: Here, after: number | undefined): number | undefined {
  const [, name = '', rest] = DAY_AND_TIME.exec(text) ?? [];
  const time = rest === undefined ? MIDNIGHT : timeOf(rest);
  if (time === undefined) return undefined;
  if (name === 'today' || name === 'yesterday') return onDay(here, here.now, name === 'today' ? 0 : -1, time);
  const weekday = name.length < 3 ? -1 : WEEKDAYS.findIndex((known) => known.startsWith(name));
  if (weekday === -1) return undefined;
  return nearest(
    here,
    after,
    7,
    time,
    ({ year, month, day }) => new Date(Date.UTC(year, month - 1, day)).getUTCDay() === weekday,
  );
}

/** The last such moment that is not to come, or the first one after `after`. @param days within which there is one */
function nearest(
  here: Here,
  after: number | undefined,
  days: number,
  time: TimeOfDay,
  wanted: (wall: WallTime) => boolean,
): number | undefined {
  for (let steps = 0; steps <= days + 1; steps += 1) {
    const at = after === undefined ? onDay(here, here.now, -steps, time) : onDay(here, after, steps, time);
    const fits = after === undefined ? at <= here.now : at > after;
    if (fits && wanted(wallTime(at, here.timeZone))) return at;
  }
  return undefined;
}

/** That time, so many days from the day of `from`. */
function onDay({ timeZone }: Here, from: number, days: number, time: TimeOfDay): number {
  const { year, month, day } = wallTime(from, timeZone);
  return instantOf({ year, month, day: day + days, ...time }, timeZone);
}
