/**
 * Jobs: ids of work that is due. A queue only wakes. It is no record of anything: what it holds may be lost, doubled, late or forged, and
 * whoever runs a job MUST derive from verified state whether there is anything to do, and do it under an id that a repetition has too.
 */

/** `waiting`: to be run now, or later after a failure · `running` · `dead`: has failed too often, waits for somebody to retry it. */
export const JOB_STATES = ['waiting', 'running', 'dead'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A job as the queue shows it. Read by people: nothing in here may be relied on, all of it may be forged. Times are epoch milliseconds. */
export interface JobView {
  readonly id: string;
  readonly state: JobState;
  /** Runs that have failed. */
  readonly failures: number;
  /** When it was first asked for. */
  readonly since: number | null;
  /** For one that waits after a failure: when it is tried again. */
  readonly notBefore: number | null;
  /** What the last run failed with, at most {@link LONGEST_REASON} characters. */
  readonly reason: string | null;
}

export type JobCounts = Readonly<Record<JobState, number>>;

/**
 * Runs one job. Resolves when there is nothing more to do, also where there never was anything; rejects when it is to be tried again.
 * The error's message is kept in the queue, in clear: it MUST NOT say anything secret. There is no signal that asks it to stop, since
 * half a destruction helps nobody: every wait in it has a limit of its own.
 */
export type JobHandler = (id: string) => Promise<void>;

export const LONGEST_REASON = 300;
export const MOST_LISTED = 500;

/** The queue cannot serve now. What was asked for may have happened all the same. */
export class JobQueueUnavailable extends Error {
  override readonly name = 'JobQueueUnavailable';
  constructor(
    /** `unreachable`: it does not answer, or in time · `closed`. */
    readonly reason: 'unreachable' | 'closed',
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`the job queue is unavailable (${reason}): ${detail}`, options);
  }
}

/**
 * What a queue promises is little, on purpose:
 * - Most of the time a job that was asked for runs soon after, at least once. It may run twice, also at the same time; it may never run.
 *   Whoever depends on it asks again, and does the work itself when asking does not help.
 * - A job that fails is tried again after a delay that doubles and is jittered (`RetryPolicy`), until it is dead. Others go on meanwhile.
 * - A job that is done is forgotten: its id can be asked for again.
 *
 * Every method but `work` and `close` rejects with {@link JobQueueUnavailable}, within seconds.
 */
export abstract class JobQueue {
  /** Asks for jobs to be run. One that waits, runs or is dead already is left as it is. @throws RangeError for text that is no id */
  abstract enqueue(ids: readonly string[]): Promise<void>;

  /** Begins to run jobs, several at once, in this process; at most once. Never rejects: it begins when the queue can be reached. */
  abstract work(handler: JobHandler): void;

  /** Jobs in a state, the oldest first, leaving out the first `from`; at most {@link MOST_LISTED}. A list that changes meanwhile may skip one. */
  abstract list(state: JobState, from: number, maxCount: number): Promise<readonly JobView[]>;

  abstract counts(): Promise<JobCounts>;

  /**
   * Runs a dead job anew, with all of its tries before it; one that somebody else wrote under what is no id is dropped.
   *
   * @returns false when there is no dead job of this id
   */
  abstract retry(id: string): Promise<boolean>;

  /** Takes no more jobs, waits for the handlers that run, then lets go. Idempotent; later calls are refused (`closed`). */
  abstract close(): Promise<void>;
}
