import type { Job } from 'bullmq';
import { type JobState, type JobView, reasonOf } from '@claviger/ports';

/** BullMQ's names of what the port calls waiting, running and dead. */
export const BULL_STATES = {
  waiting: ['wait', 'prioritized', 'delayed'],
  running: ['active'],
  dead: ['failed'],
} as const satisfies Record<JobState, readonly string[]>;

/** Who can write the Redis can write anything into a job, so nothing is taken for what it should be. */
export function viewOf(id: string, state: JobState, job: Job | undefined): JobView {
  const delay = numberOf(job?.delay);
  const last = numberOf(job?.processedOn);
  return {
    id,
    state,
    failures: numberOf(job?.attemptsMade) ?? 0,
    since: numberOf(job?.timestamp),
    notBefore: state === 'waiting' && delay !== null && delay > 0 && last !== null ? last + delay : null,
    reason:
      typeof job?.failedReason === 'string' && job.failedReason !== '' ? reasonOf(new Error(job.failedReason)) : null,
  };
}

/** BullMQ parses what Redis holds, and throws what JSON.parse throws. */
export const isUnreadable = (error: unknown): boolean => error instanceof Error && error.name === 'SyntaxError';

/** A job that BullMQ itself cannot read. */
export const unreadable = (id: string, state: JobState): JobView => ({
  ...viewOf(id, state, undefined),
  reason: 'what Redis holds of it cannot be read',
});

const LATEST = 8.64e15;

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LATEST ? value : null;
