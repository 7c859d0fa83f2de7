import { SealedStoreUnavailable } from '@claviger/ports';
import { DatabaseError } from 'pg';

type Reason = SealedStoreUnavailable['reason'];

/** The connection ended while a call was under way: another one may do better at once. */
export function isLostConnection(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code?.startsWith('57P') === true;
  const code = textOf(error, 'code');
  return (
    code === 'ECONNRESET' || code === 'EPIPE' || textOf(error, 'message').startsWith('Connection terminated unexp')
  );
}

/**
 * Whatever a query or a connection ended with, as the port's error. What only a mistake in our statements can cause stays as it is;
 * all else that is not from the server itself is from the way to it.
 */
export function asUnavailable(error: unknown, place: string): unknown {
  if (error instanceof SealedStoreUnavailable) return error;
  const reason = error instanceof DatabaseError ? reasonOf(error.code ?? '') : 'io';
  if (reason === undefined) return error;
  return new SealedStoreUnavailable(reason, `${place}: ${textOf(error, 'message')}`, { cause: error });
}

function textOf(error: unknown, member: 'code' | 'message'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, member);
  return typeof value === 'string' ? value : '';
}

/** By SQLSTATE (PostgreSQL 15, appendix A); undefined for what only a mistake in our statements can cause. */
function reasonOf(state: string): Reason | undefined {
  switch (state) {
    case '53100': // disk_full
    case '54000': // program_limit_exceeded
      return 'full';
    case '53300': // too_many_connections
    case '55P03': // lock_not_available
    case '57014': // query_canceled: the statement took too long
    case '40001': // serialization_failure
    case '40P01': // deadlock_detected
      return 'busy';
    case '3F000': // invalid_schema_name
    case '42P01': // undefined_table
    case '42703': // undefined_column
      return 'damaged';
    case '42501': // insufficient_privilege
      return 'io';
  }
  switch (state.slice(0, 2)) {
    case 'XX': // internal error, data_corrupted, index_corrupted
      return 'damaged';
    case '21': // cardinality violation
    case '22': // data exception
    case '23': // constraint violation
    case '26': // invalid statement name
    case '42': // syntax error
      return undefined;
    default:
      return 'io';
  }
}
