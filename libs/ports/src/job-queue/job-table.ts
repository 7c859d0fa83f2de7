import type { JobCounts, JobState, JobView } from './contract.js';
import { requireJobId, requirePage } from './job-ids.js';
import { type RandomBytes, reasonOf, requirePolicy, type RetryPolicy, retryDelayMs } from './retry-policy.js';

interface Job {
  readonly id: string;
  readonly since: number;
  state: JobState;
  failures: number;
  notBefore: number | null;
  reason: string | null;
}

/** The rules of a queue that lives in one process: which job is where. Holds no timers and runs nothing. */
export class JobTable {
  private readonly jobs = new Map<string, Job>();
  /** Ids that can be taken now, in the order in which they became so. */
  private readonly ready = new Set<string>();

  /** @param mostDead dead jobs that are kept; the oldest are forgotten first @throws RangeError for a policy that makes no sense */
  constructor(
    private readonly policy: RetryPolicy,
    private readonly random: RandomBytes,
    private readonly mostDead: number,
  ) {
    requirePolicy(policy);
  }

  /** @throws RangeError */
  add(ids: readonly string[], now: number): void {
    for (const id of ids) requireJobId(id);
    for (const id of ids) {
      if (this.jobs.has(id)) continue;
      this.jobs.set(id, { id, since: now, state: 'waiting', failures: 0, notBefore: null, reason: null });
      this.ready.add(id);
    }
  }

  get hasReady(): boolean {
    return this.ready.size > 0;
  }

  /** The next job to run, now `running`; undefined when none is ready. */
  take(): string | undefined {
    const [id] = this.ready;
    const job = id === undefined ? undefined : this.jobs.get(id);
    if (id === undefined || job === undefined) return undefined;
    this.ready.delete(id);
    job.state = 'running';
    job.notBefore = null;
    return id;
  }

  done(id: string): void {
    this.jobs.delete(id);
  }

  /** @returns milliseconds until it is to be woken, or `dead` */
  failed(id: string, error: unknown, now: number): number | 'dead' {
    const job = this.jobs.get(id);
    if (job === undefined) return 'dead';
    job.failures += 1;
    job.reason = reasonOf(error);
    if (job.failures >= this.policy.attempts) {
      job.state = 'dead';
      // Younger than every other dead one, wherever it stood while it lived.
      this.jobs.delete(id);
      this.jobs.set(id, job);
      this.forgetOldestDead();
      return 'dead';
    }
    const delay = retryDelayMs(this.policy, job.failures, this.random);
    job.state = 'waiting';
    job.notBefore = now + delay;
    return delay;
  }

  /** A delay is over. */
  wake(id: string): void {
    if (this.jobs.get(id)?.state === 'waiting') this.ready.add(id);
  }

  /** @returns false when there is no dead job of this id */
  retry(id: string, now: number): boolean {
    if (this.jobs.get(id)?.state !== 'dead') return false;
    this.jobs.delete(id);
    this.add([id], now);
    return true;
  }

  list(state: JobState, from: number, maxCount: number): readonly JobView[] {
    requirePage(from, maxCount);
    return this.inState(state)
      .slice(from, from + maxCount)
      .map((job) => ({ ...job }));
  }

  counts(): JobCounts {
    const counts = { waiting: 0, running: 0, dead: 0 };
    for (const { state } of this.jobs.values()) counts[state] += 1;
    return counts;
  }

  private forgetOldestDead(): void {
    const dead = this.inState('dead');
    for (const { id } of dead.slice(0, Math.max(0, dead.length - this.mostDead))) this.jobs.delete(id);
  }

  private inState(state: JobState): Job[] {
    return [...this.jobs.values()].filter((job) => job.state === state);
  }
}
