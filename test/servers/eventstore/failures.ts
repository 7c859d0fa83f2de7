import { Metadata, type ServerErrorResponse, status } from '@grpc/grpc-js';
import type { Fault } from './knobs.js';

/** The server's default limit of one append. */
export const MAX_APPEND_BYTES = 1024 * 1024;

/** A gRPC error in the server's form: what went wrong stands in the trailers under `exception`. */
export function failure(code: status, details: string, trailers: Record<string, string> = {}): ServerErrorResponse {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

export const accessDenied = (): ServerErrorResponse =>
  failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const streamDeleted = (stream: string): ServerErrorResponse =>
  failure(status.FAILED_PRECONDITION, `Event stream '${encodeURIComponent(stream)}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': encodeURIComponent(stream),
  });

export const tooLarge = (): ServerErrorResponse =>
  failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${MAX_APPEND_BYTES} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(MAX_APPEND_BYTES),
  });

export const notLeader = (host: string, port: number): ServerErrorResponse =>
  failure(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });

export const invalidPosition = (): ServerErrorResponse =>
  failure(status.UNKNOWN, 'Unexpected ReadAllResult: InvalidPosition');

const CODES = {
  unavailable: { code: status.UNAVAILABLE, details: 'Server Is Not Ready' },
  cancelled: { code: status.CANCELLED, details: 'Operation canceled' },
  'deadline-exceeded': { code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' },
  aborted: { code: status.ABORTED, details: 'Operation timed out' },
  unknown: { code: status.UNKNOWN, details: 'Exception was thrown by handler.' },
} as const;

/** What a fault answers, at its moment; undefined for one that is silent, or is about events. */
export function answerOf(fault: Fault, stream: string): ServerErrorResponse | undefined {
  switch (fault.kind) {
    case 'unavailable':
    case 'cancelled':
    case 'deadline-exceeded':
    case 'aborted':
    case 'unknown':
      return failure(CODES[fault.kind].code, CODES[fault.kind].details);
    case 'not-leader':
      return notLeader(fault.host, fault.port);
    case 'access-denied':
      return accessDenied();
    case 'stream-deleted':
      return streamDeleted(stream);
    case 'too-large':
      return tooLarge();
    case 'silence':
    case 'drop-after':
    case 'duplicates':
    case 'checkpoints-past-the-end':
      return undefined;
  }
}

/** When a fault takes hold: before anything is done, or once it is done. Undefined for faults about single events. */
export function momentOf(fault: Fault | undefined): 'before' | 'after' | undefined {
  if (fault === undefined) return undefined;
  if ('when' in fault) return fault.when;
  switch (fault.kind) {
    case 'drop-after':
    case 'duplicates':
    case 'checkpoints-past-the-end':
      return undefined;
    case 'not-leader':
    case 'access-denied':
    case 'stream-deleted':
    case 'too-large':
      return 'before';
  }
}
