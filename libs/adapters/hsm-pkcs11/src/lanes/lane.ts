import type { Answer, JobName, Jobs } from '../token/jobs.js';

/** A thread that does one job at a time on a token session of its own. */
export interface Lane {
  /** Never rejects. Jobs are done in the order in which they were asked for; the request's bytes are copied at once. */
  ask<J extends JobName>(job: J, request: Jobs[J]['request']): Promise<Answer<J>>;
  /** Ends the thread once its current call has returned. */
  close(): Promise<void>;
}
