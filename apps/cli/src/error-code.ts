/** A text member of whatever was thrown. By its form: errors of Node can come from another realm, where `instanceof` says no. */
function member(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null || !(name in error)) return undefined;
  const value: unknown = (error as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** `ENOENT`, `ECONNREFUSED`, …; else what it says of itself. */
export const codeOf = (error: unknown): string =>
  member(error, 'code') ?? member(error, 'message') ?? 'an unknown error';

/** The code of what fetch stumbled over, which it wraps; `TIMEOUT` where it took too long. */
export function fetchCodeOf(error: unknown): string {
  if (member(error, 'name') === 'TimeoutError') return 'TIMEOUT';
  if (typeof error === 'object' && error !== null && 'cause' in error && error.cause !== undefined)
    return codeOf(error.cause);
  return codeOf(error);
}
