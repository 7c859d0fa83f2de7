import { EventStoreUnavailable, UnknownOutcome } from '@claviger/ports';

/** Primary result codes (sqlite.org/rescode.html); node:sqlite reports extended ones, whose low byte they are. */
const FULL = 13;
const [BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB] = [5, 6, 7, 8, 10, 11, 14, 15, 26];

const STORE_WIDE: ReadonlySet<number | undefined> = new Set([
  BUSY,
  LOCKED,
  NOMEM,
  READONLY,
  IOERR,
  CORRUPT,
  FULL,
  CANTOPEN,
  PROTOCOL,
  NOTADB,
]);

/** Does it concern the whole store, and not just the append during which it came up? */
export const isStoreWide = (error: unknown): boolean => STORE_WIDE.has(primaryCode(error));

export const isDiskFull = (error: unknown): boolean => primaryCode(error) === FULL;

/** Before COMMIT: the transaction is rolled back, nothing of it can come back. */
export function unavailable(error: unknown): Error {
  if (error instanceof Error && primaryCode(error) === undefined) return error;
  return new EventStoreUnavailable(`the event store failed: ${reason(error)}`, { cause: error });
}

/**
 * In COMMIT. The frames of a transaction are written in order and the last one alone makes it count, so with the disk full there is no
 * transaction. After any other error (a failed sync above all) the log may already hold all frames: this process does not see them, but
 * after a crash SQLite would, unless a later commit has overwritten them (sqlite.org/walformat.html#recovery).
 */
export function commitFailure(error: unknown): Error {
  if (isDiskFull(error)) return unavailable(error);
  return new UnknownOutcome(`the event store could not complete a commit: ${reason(error)}`, { cause: error });
}

/** By its members, not its class: errors of native code may stem from another realm. */
function primaryCode(error: unknown): number | undefined {
  const { errcode } = Object(error) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

function reason(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === 'string' ? message : 'unknown error';
}
