/** Fields of a moment as a clock on the wall shows them; `month` from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const parts = {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', calendar: 'gregory', ...parts });
    formats.set(timeZone, format);
  }
  return format;
}

/** What the clock shows in a zone. @param at epoch milliseconds */
export function wallTime(at: number, timeZone: string): WallTime {
  const fields = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const get = (type: Intl.DateTimeFormatPartTypes): number => fields.get(type) ?? 0;
  return {
    year: get('year'),
    month: get('month'),
    day: get('day'),
    hour: get('hour'),
    minute: get('minute'),
    second: get('second'),
  };
}

const asUtc = ({ year, month, day, hour, minute, second }: WallTime): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/**
 * When the clock in a zone shows this. Of two such moments (the hour that summer time repeats) the first; where there is none (the hour
 * that it skips) as much later. Fields may be out of their range: day 0 is the last of the month before.
 */
export function instantOf(wall: WallTime, timeZone: string): number {
  const wanted = asUtc(wall);
  const offsetAt = (at: number): number => asUtc(wallTime(at, timeZone)) - Math.floor(at / 1000) * 1000;
  const [before, after] = [offsetAt(wanted - DAY), offsetAt(wanted + DAY)];
  const candidates = [wanted - before, wanted - after].filter((at) => at + offsetAt(at) === wanted);
  return candidates.length === 0 ? wanted - before : Math.min(...candidates);
}

const DAY = 24 * 60 * 60 * 1000;

/** Are these fields a date and time that there is in the calendar? */
export function isCalendarTime(wall: WallTime): boolean {
  const at = new Date(asUtc(wall));
  return (
    at.getUTCFullYear() === wall.year &&
    at.getUTCMonth() === wall.month - 1 &&
    at.getUTCDate() === wall.day &&
    at.getUTCHours() === wall.hour &&
    at.getUTCMinutes() === wall.minute &&
    at.getUTCSeconds() === wall.second
  );
}
