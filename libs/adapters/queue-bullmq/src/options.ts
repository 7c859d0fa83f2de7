import type { Clock, Logger } from '@claviger/platform';
import type { RandomBytes, RetryPolicy } from '@claviger/ports';
import type { RedisSettings } from './redis.js';

/** How BullMQ notices that a worker is gone. Its own clock counts these. */
export interface JobLocks {
  /** A job whose worker has not renewed its lock for this long is given to another one. */
  readonly durationMs: number;
  /** How often workers look for such jobs. */
  readonly checkEveryMs: number;
}

export interface BullJobQueueOptions {
  readonly redis: RedisSettings;
  /** For deadlines. Delays and locks are counted by BullMQ, which reads the system's clock. */
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  /** Tells queues of one Redis apart: letters, digits and hyphens; `jobs` by default. */
  readonly name?: string;
  readonly policy?: RetryPolicy;
  /** Jobs that run at once in this process; 4 by default. */
  readonly atOnce?: number;
  readonly locks?: JobLocks;
  /** A call of the port that Redis has not answered by then is given up; 5 s by default. */
  readonly answerWithinMs?: number;
}

export const AT_ONCE = 4;
export const LOCKS: JobLocks = { durationMs: 30_000, checkEveryMs: 15_000 };
export const ANSWER_WITHIN_MS = 5_000;
/** A hash tag, so that a Redis cluster keeps all of a queue's keys on one node: BullMQ's scripts need them together. */
export const PREFIX = '{claviger}';
/** Dead jobs that are kept. One that is forgotten is asked for again while it is due. */
export const MOST_DEAD = 10_000;
/** BullMQ's default of 1 buries a job whose workers were killed twice, whatever attempts it has left. */
export const MOST_STALLS = 10;
/** Nobody reads BullMQ's stream of events. */
export const MOST_EVENTS = 1_000;

const NAME = /^[a-zA-Z0-9-]{1,64}$/;

/** @throws RangeError */
export function requireName(name: string): string {
  if (!NAME.test(name)) throw new RangeError('the name of a job queue is letters, digits and hyphens, at most 64');
  return name;
}
