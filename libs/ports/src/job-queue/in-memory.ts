import type { Clock, Timer } from '@claviger/platform';
import {
  type JobCounts,
  type JobHandler,
  JobQueue,
  JobQueueUnavailable,
  type JobState,
  type JobView,
} from './contract.js';
import { JobTable } from './job-table.js';
import { DEFAULT_RETRY_POLICY, type RandomBytes, type RetryPolicy } from './retry-policy.js';

/** The reference implementation, for tests: runs one job after the other, and can be asked to wait until nothing is left to run. */
export class InMemoryJobQueue extends JobQueue {
  private readonly table: JobTable;
  private readonly timers = new Set<Timer>();
  private handler: JobHandler | undefined;
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly clock: Clock,
    random: RandomBytes,
    policy: RetryPolicy = DEFAULT_RETRY_POLICY,
  ) {
    super();
    this.table = new JobTable(policy, random, Number.POSITIVE_INFINITY);
  }

  async enqueue(ids: readonly string[]): Promise<void> {
    this.assertOpen();
    this.table.add(ids, this.clock.now());
    this.run();
  }

  work(handler: JobHandler): void {
    if (this.handler !== undefined) throw new Error('this queue has a handler already');
    this.handler = handler;
    this.run();
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
    const retried = this.table.retry(id, this.clock.now());
    this.run();
    return retried;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers) timer.cancel();
    await this.running;
  }

  /** Resolves when no job runs and none could run now. */
  async settled(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private run(): void {
    const { handler } = this;
    if (handler === undefined || this.closed || !this.table.hasReady) return;
    this.running ??= this.runAll(handler).finally(() => {
      this.running = undefined;
      // What was asked for after the last look.
      this.run();
    });
  }

  private async runAll(handler: JobHandler): Promise<void> {
    // Whoever asks sees the job waiting, before it runs.
    await Promise.resolve();
    for (let id = this.next(); id !== undefined; id = this.next()) {
      try {
        await handler(id);
        this.table.done(id);
      } catch (error) {
        this.putOff(id, error);
      }
    }
  }

  private next(): string | undefined {
    return this.closed ? undefined : this.table.take();
  }

  private putOff(id: string, error: unknown): void {
    const delay = this.table.failed(id, error, this.clock.now());
    if (delay === 'dead' || this.closed) return;
    const timer = this.clock.after(delay, () => {
      this.timers.delete(timer);
      this.table.wake(id);
      this.run();
    });
    this.timers.add(timer);
  }

  private assertOpen(): void {
    if (this.closed) throw new JobQueueUnavailable('closed', 'it was closed');
  }
}
