/** A reader whose clock is in a zone. */
interface Zoned {
  readonly timeZone: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    // Sweden writes dates as ISO 8601 does.
    const parts = {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    } as const;
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, ...parts, hourCycle: 'h23' });
    formats.set(timeZone, format);
  }
  return format;
}

/** A moment in the zone of the reader: `2026-11-24 03:00:12`. Empty for none. */
export function shownTime(io: Zoned, iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return '';
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : formatOf(io.timeZone).format(at);
}

/** Head of a column of times: says which zone they are in. */
export const timeHead = (io: Zoned): string => `TIME (${io.timeZone})`;
