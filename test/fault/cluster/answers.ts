import { statusOf } from '../load.js';

/** What the wire of an application calls the kind `Unavailable`. */
export const UNAVAILABLE = 'KeyUnavailableException';

/** What a call failed with, in one word: the name of the service's answer, the status of the front's, or `no answer`. */
export function failureOf(error: unknown): string {
  const status = statusOf(error);
  if (status === undefined) return 'no answer';
  return BROKEN_OFF.has(status) ? `front: ${status}` : error instanceof Error ? error.name : 'unknown';
}

/** Answers that leave open whether the call took effect. */
export function leavesOpen(error: unknown): boolean {
  const failure = failureOf(error);
  return failure === UNAVAILABLE || failure === 'ThrottlingException' || failure.startsWith('front: ');
}

const BROKEN_OFF: ReadonlySet<number> = new Set([502, 503]);
