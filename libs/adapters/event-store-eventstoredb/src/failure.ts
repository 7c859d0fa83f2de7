import {
  AccessDeniedError,
  CancelledError,
  convertToCommandError,
  DeadlineExceededError,
  MaxAppendSizeExceededError,
  NotLeaderError,
  StreamDeletedError,
  TimeoutError,
  UnavailableError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { NO_STREAM } from '@claviger/ports';

/** We stopped waiting. What became of the call is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** What a failed call means. */
export type Failure =
  | { readonly kind: 'conflict'; readonly actual: number }
  | { readonly kind: 'too-large' }
  /** Trying again would not help; nothing was stored. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Worth another try. `reached`: the server may have carried it out. */
  | { readonly kind: 'lost'; readonly reason: string; readonly reached: boolean }
  /** The server made an error of its own. Only an append is worth another try, for its outcome is open. */
  | { readonly kind: 'failed'; readonly reason: string };

/** grpc-js says so when it found no connection to send the call over (`@grpc/grpc-js` resolving-call, picker "transient failure"). */
const NEVER_SENT = 'No connection established';

export function failureOf(thrown: unknown): Failure {
  const error = thrown instanceof Error ? convertToCommandError(thrown) : thrown;
  if (error instanceof WrongExpectedVersionError) {
    const { actualVersion } = error;
    return { kind: 'conflict', actual: typeof actualVersion === 'bigint' ? Number(actualVersion) : NO_STREAM };
  }
  if (error instanceof MaxAppendSizeExceededError) return { kind: 'too-large' };
  if (error instanceof StreamDeletedError) return { kind: 'refused', reason: 'the stream was deleted on the server' };
  if (error instanceof AccessDeniedError) return { kind: 'refused', reason: 'the server denied access' };
  // The node that answered does not write; the client has taken the leader's address from its answer.
  if (error instanceof NotLeaderError) return { kind: 'lost', reason: 'the node is not the leader', reached: false };
  if (error instanceof UnavailableError) {
    return { kind: 'lost', reason: 'no connection', reached: !error.message.includes(NEVER_SENT) };
  }
  if (error instanceof NoAnswer || error instanceof DeadlineExceededError) {
    return { kind: 'lost', reason: 'no answer in time', reached: true };
  }
  if (error instanceof TimeoutError) return { kind: 'lost', reason: 'the server timed out', reached: true };
  if (error instanceof CancelledError) return { kind: 'lost', reason: 'the call was cut', reached: true };
  if (error instanceof UnknownError) return { kind: 'failed', reason: 'the server failed' };
  return { kind: 'lost', reason: error instanceof Error ? error.message : 'unknown error', reached: true };
}
