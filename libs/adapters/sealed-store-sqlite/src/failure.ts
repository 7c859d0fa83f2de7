import { SealedStoreUnavailable } from '@claviger/ports';

/** Primary result codes of SQLite (sqlite.org/rescode.html); node:sqlite reports extended ones, whose low byte they are. */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const FULL = 13;
const NOTADB = 26;

/** Whatever the database or the file system threw, as the port's error; other errors are mistakes and stay as they are. */
export function asUnavailable(error: unknown, path: string): unknown {
  if (typeof error !== 'object' || error === null || !('code' in error)) return error;
  const message = 'message' in error ? String(error.message) : '';
  if (error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error) {
    return new SealedStoreUnavailable(reasonOf(Number(error.errcode) & 0xff), `${path}: ${message}`, { cause: error });
  }
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new SealedStoreUnavailable('full', `${path}: ${message}`, { cause: error });
  }
  if ('syscall' in error) return new SealedStoreUnavailable('io', `${path}: ${message}`, { cause: error });
  return error;
}

function reasonOf(code: number): 'full' | 'busy' | 'damaged' | 'io' {
  switch (code) {
    case FULL:
      return 'full';
    case BUSY:
    case LOCKED:
      return 'busy';
    case CORRUPT:
    case NOTADB:
      return 'damaged';
    default:
      return 'io';
  }
}
