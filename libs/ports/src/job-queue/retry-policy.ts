import { LONGEST_REASON } from './contract.js';

export interface RetryPolicy {
  /** Runs, the first one included, until a job is dead. */
  readonly attempts: number;
  /** Before the second run, milliseconds; doubles with each failure. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/** About two hours of trying: longer than a restart of whatever is missing, short enough to be told the same day. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { attempts: 8, firstDelayMs: 60_000, longestDelayMs: 60 * 60 * 1000 };

/** Random bytes, `length` of them. */
export type RandomBytes = (length: number) => Uint8Array;

/** @throws RangeError */
export function requirePolicy({ attempts, firstDelayMs, longestDelayMs }: RetryPolicy): void {
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new RangeError(`attempts is a number from 1 up, got ${attempts}`);
  if (!(firstDelayMs > 0) || !(longestDelayMs >= firstDelayMs) || !Number.isFinite(longestDelayMs)) {
    throw new RangeError(`delays are 0 < first <= longest, got ${firstDelayMs} and ${longestDelayMs}`);
  }
}

/**
 * Milliseconds until the next run after the `failures`th failure: between half of the doubled delay and all of it, so that what failed
 * together does not come back together.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: RandomBytes): number {
  const full = Math.min(policy.firstDelayMs * 2 ** Math.min(failures - 1, 40), policy.longestDelayMs);
  const [high = 0, low = 0] = random(2);
  return Math.max(1, Math.round(full / 2 + (full / 2) * ((high * 256 + low) / 65_535)));
}

/** What a handler failed with, as a queue keeps it: one line, not long. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'failed without an error';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, LONGEST_REASON);
}
