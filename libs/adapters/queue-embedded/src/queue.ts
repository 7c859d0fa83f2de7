import type { Clock, Logger, Timer } from '@claviger/platform';
import {
  DEFAULT_RETRY_POLICY,
  type JobCounts,
  type JobHandler,
  JobQueue,
  JobQueueUnavailable,
  type JobState,
  JobTable,
  type JobView,
  type RandomBytes,
  reasonOf,
  type RetryPolicy,
} from '@claviger/ports';

export interface EmbeddedJobQueueOptions {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  readonly policy?: RetryPolicy;
  /** Jobs that run at once; 4 by default. */
  readonly atOnce?: number;
  /** Dead jobs that are kept, 10,000 by default. One that is forgotten is asked for again while it is due. */
  readonly mostDead?: number;
}

const AT_ONCE = 4;
const MOST_DEAD = 10_000;

/** Jobs of one process, in its memory. What a stop or a crash loses is derived anew from the state at the next start. */
export class EmbeddedJobQueue extends JobQueue {
  private readonly table: JobTable;
  private readonly timers = new Set<Timer>();
  private readonly running = new Set<Promise<void>>();
  private readonly atOnce: number;
  private handler: JobHandler | undefined;
  private closed = false;

  constructor(private readonly options: EmbeddedJobQueueOptions) {
    super();
    const { policy = DEFAULT_RETRY_POLICY, random, atOnce = AT_ONCE, mostDead = MOST_DEAD } = options;
    if (!Number.isInteger(atOnce) || atOnce < 1) throw new RangeError(`atOnce is a number from 1 up, got ${atOnce}`);
    this.atOnce = atOnce;
    this.table = new JobTable(policy, random, mostDead);
  }

  async enqueue(ids: readonly string[]): Promise<void> {
    this.assertOpen();
    this.table.add(ids, this.options.clock.now());
    this.pump();
  }

  work(handler: JobHandler): void {
    if (this.handler !== undefined) throw new Error('this queue has a handler already');
    this.handler = handler;
    this.pump();
  }

  async list(state: JobState, from: number, maxCount: number): Promise<readonly JobView[]> {
    this.assertOpen();
    return this.table.list(state, from, maxCount);
  }

  async counts(): Promise<JobCounts> {
    this.assertOpen();
    return this.table.counts();
  }

  async retry(id: string): Promise<boolean> {
    this.assertOpen();
    const retried = this.table.retry(id, this.options.clock.now());
    this.pump();
    return retried;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private pump(): void {
    const { handler } = this;
    if (handler === undefined) return;
    while (!this.closed && this.running.size < this.atOnce) {
      const id = this.table.take();
      if (id === undefined) return;
      const run = this.run(handler, id).finally(() => {
        this.running.delete(run);
        this.pump();
      });
      this.running.add(run);
    }
  }

  /** Never rejects. */
  private async run(handler: JobHandler, id: string): Promise<void> {
    try {
      await handler(id);
      this.table.done(id);
    } catch (error) {
      this.putOff(id, error);
    }
  }

  private putOff(id: string, error: unknown): void {
    const { clock, logger } = this.options;
    const delay = this.table.failed(id, error, clock.now());
    if (delay === 'dead') {
      logger.error('ALERT: a job has failed too often and is dead', { job: id, reason: reasonOf(error) });
      return;
    }
    logger.warn('a job failed, it is tried again', { job: id, reason: reasonOf(error), delayMs: delay });
    if (this.closed) return;
    const timer = clock.after(delay, () => {
      this.timers.delete(timer);
      this.table.wake(id);
      this.pump();
    });
    this.timers.add(timer);
  }

  private assertOpen(): void {
    if (this.closed) throw new JobQueueUnavailable('closed', 'it was closed');
  }
}
