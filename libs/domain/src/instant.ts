const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/;

/** Epoch milliseconds of an ISO 8601 instant in UTC; undefined for anything else. */
export function parseInstant(text: string): number | undefined {
  if (!INSTANT.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** ISO 8601 with milliseconds, UTC: the one form that events carry, comparable as text. */
export const formatInstant = (at: number): string => new Date(at).toISOString();
