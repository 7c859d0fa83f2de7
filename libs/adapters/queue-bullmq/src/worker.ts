import { type Job, type Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Logger } from '@claviger/platform';
import {
  DEFAULT_RETRY_POLICY,
  isJobId,
  type JobHandler,
  reasonOf,
  type RetryPolicy,
  retryDelayMs,
} from '@claviger/ports';
import { AT_ONCE, type BullJobQueueOptions, LOCKS, MOST_DEAD, MOST_STALLS, PREFIX } from './options.js';
import { workingConnection } from './redis.js';
import { isUnreadable } from './view.js';
import type { Troubles } from './troubles.js';
import { within } from './within.js';

/** After the handlers have ended, for telling Redis so; then their locks run out, and others run what they cannot know to be done. */
const LEAVE_WITHIN_MS = 2_000;
/** Between tries to tell Redis how a job ended, while it is gone. BullMQ's 15 s would hold up the end of the process as well. */
const RETRY_DELAY_MS = 500;

/** The end of the queue that takes jobs. */
export class JobWorker {
  private readonly worker: Worker;
  private readonly running = new Set<Promise<void>>();
  private readonly policy: RetryPolicy;
  private readonly logger: Logger;

  constructor(
    private readonly options: BullJobQueueOptions,
    name: string,
    private readonly queue: Queue,
    private readonly handler: JobHandler,
    troubles: Troubles,
    private readonly leaving: AbortController,
  ) {
    const { policy = DEFAULT_RETRY_POLICY, atOnce = AT_ONCE, locks = LOCKS, redis, random, logger } = options;
    this.policy = policy;
    this.logger = logger;
    this.worker = new Worker(name, (job) => this.take(job), {
      connection: workingConnection(redis, leaving.signal),
      prefix: PREFIX,
      concurrency: atOnce,
      lockDuration: locks.durationMs,
      stalledInterval: locks.checkEveryMs,
      maxStalledCount: MOST_STALLS,
      runRetryDelay: RETRY_DELAY_MS,
      // For jobs that somebody else wrote, with options of their own or none.
      removeOnComplete: { count: 0 },
      removeOnFail: { count: MOST_DEAD },
      settings: { backoffStrategy: (failures) => retryDelayMs(policy, failures, random) },
    });
    // An `error` that nobody listens to would end the process.
    this.worker.on('error', (error) => {
      // A job that cannot be read is no trouble of Redis: see `look`.
      if (!isUnreadable(error)) troubles.begin(error);
    });
    this.worker.on('ready', () => troubles.end());
    this.worker.on('failed', (job, error) => this.tell(job, error));
    this.worker.on('stalled', (id) => void this.look(id));
  }

  /** Takes no more, waits for handlers however long they take, then leaves, also when Redis is gone. */
  async close(): Promise<void> {
    const { clock } = this.options;
    // 1. No more jobs.
    await this.worker.pause(true);
    await this.handlersEnd();
    // 2. BullMQ's end waits for the server as long as it takes, so it is looked for first.
    const there = await within(clock, LEAVE_WITHIN_MS, this.queue.getJobCounts('active')).then(
      () => true,
      () => false,
    );
    if (!there) this.leaving.abort();
    await within(clock, LEAVE_WITHIN_MS, this.worker.close(!there)).catch(() => this.leaving.abort());
    // 3. A job that was on its way when the first step began.
    await this.handlersEnd();
  }

  private async handlersEnd(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  private async take(job: Job): Promise<void> {
    const run = this.run(job);
    this.running.add(run);
    try {
      await run;
    } finally {
      this.running.delete(run);
    }
  }

  private async run(job: Job): Promise<void> {
    const id = job.id ?? '';
    if (!isJobId(id)) {
      this.logger.warn('a job that this service did not ask for was dropped', { job: reasonOf(new Error(id)) });
      return;
    }
    try {
      // The id and nothing else: name, data and options come from whoever can write the Redis.
      await this.handler(id);
    } catch (error) {
      const reason = reasonOf(error);
      // Counted here too: the job's own options may promise it more attempts.
      if (job.attemptsMade + 1 >= this.policy.attempts) throw new UnrecoverableError(reason);
      throw new Error(reason);
    }
  }

  private tell(job: Job | undefined, error: Error): void {
    const fields = { job: job?.id, reason: reasonOf(error) };
    if (job?.finishedOn === undefined) this.logger.warn('a job failed, it is tried again', fields);
    else this.logger.error('ALERT: a job has failed too often and is dead', fields);
  }

  /**
   * A job that BullMQ cannot read never ends: each worker that takes it fails before it counts, and lets it stall. Removing it is refused
   * while it is locked, which it is nearly always; emptied it can be read, is run by its id like any other, and goes.
   */
  private async look(id: string): Promise<void> {
    const job = reasonOf(new Error(id));
    this.logger.warn('a job stalled, it runs again', { job });
    try {
      await this.queue.getJob(id);
    } catch (error) {
      if (!isUnreadable(error)) return;
      this.logger.warn('a job that cannot be read was emptied', { job });
      await this.empty(id).catch(() => undefined);
    }
  }

  private async empty(id: string): Promise<void> {
    const client = await this.queue.getBackend().client;
    await client.del(this.queue.toKey(id));
  }
}
