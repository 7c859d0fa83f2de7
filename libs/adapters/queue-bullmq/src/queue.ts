import { type JobsOptions, Queue } from 'bullmq';
import {
  DEFAULT_RETRY_POLICY,
  type JobCounts,
  type JobHandler,
  JobQueue,
  JobQueueUnavailable,
  type JobState,
  type JobView,
  isJobId,
  requireJobId,
  requirePage,
  requirePolicy,
} from '@claviger/ports';
import { ANSWER_WITHIN_MS, type BullJobQueueOptions, MOST_DEAD, MOST_EVENTS, PREFIX, requireName } from './options.js';
import { askingConnection, findingsOf } from './redis.js';
import { Troubles } from './troubles.js';
import { BULL_STATES, isUnreadable, unreadable, viewOf } from './view.js';
import { within } from './within.js';
import { JobWorker } from './worker.js';

/**
 * Jobs in a Redis that several processes share. It need not be there when this one starts, and may go and come back.
 * BullMQ's repeating jobs are not used: what is due is derived from the events, by every node that schedules (docs/adr/0008).
 */
export class BullJobQueue extends JobQueue {
  private readonly name: string;
  private readonly queue: Queue;
  private readonly troubles: Troubles;
  private readonly jobOptions: JobsOptions;
  private worker: JobWorker | undefined;
  private readonly leaving = new AbortController();
  private closing: Promise<void> | undefined;

  constructor(private readonly options: BullJobQueueOptions) {
    super();
    const { redis, policy = DEFAULT_RETRY_POLICY, name = 'jobs', logger } = options;
    requirePolicy(policy);
    this.name = requireName(name);
    this.troubles = new Troubles(logger);
    this.jobOptions = {
      attempts: policy.attempts,
      // Not one of BullMQ's own, so that the worker's strategy is asked.
      backoff: { type: 'claviger' },
      // An id that stays behind would make BullMQ ignore the next one of the same name; a dead one is meant to stay.
      removeOnComplete: true,
      removeOnFail: { count: MOST_DEAD },
      // Stack traces tell about the machine, and nobody looks for them in Redis.
      stackTraceLimit: 0,
    };
    this.queue = new Queue(this.name, {
      connection: askingConnection(redis, this.leaving.signal),
      prefix: PREFIX,
      streams: { events: { maxLen: MOST_EVENTS } },
    });
    this.queue.on('error', (error) => this.troubles.begin(error));
    void this.inspect();
  }

  async enqueue(ids: readonly string[]): Promise<void> {
    for (const id of ids) requireJobId(id);
    this.assertOpen();
    if (ids.length === 0) return;
    await this.ask(() => this.add(ids));
  }

  work(handler: JobHandler): void {
    if (this.worker !== undefined) throw new Error('this queue has a handler already');
    if (this.closing !== undefined) return;
    this.worker = new JobWorker(this.options, this.name, this.queue, handler, this.troubles, this.leaving);
  }

  async list(state: JobState, from: number, maxCount: number): Promise<readonly JobView[]> {
    requirePage(from, maxCount);
    this.assertOpen();
    return this.ask(async () => {
      const ids: string[] = [];
      // Each of BullMQ's states is a range of its own.
      for (const range of BULL_STATES[state]) {
        if (ids.length >= from + maxCount) break;
        ids.push(...(await this.queue.getRanges([range], 0, from + maxCount - 1, true)));
      }
      return Promise.all(ids.slice(from, from + maxCount).map((id) => this.view(id, state)));
    });
  }

  async counts(): Promise<JobCounts> {
    this.assertOpen();
    return this.ask(async () => {
      const { waiting, running, dead } = BULL_STATES;
      const counts = await this.queue.getJobCounts(...waiting, ...running, ...dead);
      const sum = (states: readonly string[]): number =>
        states.reduce((total, state) => total + (counts[state] ?? 0), 0);
      return { waiting: sum(waiting), running: sum(running), dead: sum(dead) };
    });
  }

  async retry(id: string): Promise<boolean> {
    this.assertOpen();
    return this.ask(async () => {
      if ((await this.queue.getJobState(id)) !== 'failed') return false;
      // Removed and added rather than retried: with our options, and with its stalls forgotten. Lost in between, it is asked for again.
      await this.queue.remove(id);
      if (isJobId(id)) await this.add([id]);
      return true;
    });
  }

  close(): Promise<void> {
    this.closing ??= this.leave();
    return this.closing;
  }

  private async leave(): Promise<void> {
    await this.worker?.close();
    const { clock } = this.options;
    if (!this.leaving.signal.aborted) {
      const left = await within(clock, this.answerWithinMs, this.queue.close()).then(
        () => true,
        () => false,
      );
      if (left) return;
      this.leaving.abort();
    }
    // Does not wait for the server. What it still waits for ends without us.
    await within(clock, this.answerWithinMs, this.queue.getBackend().close(true)).catch(() => undefined);
  }

  private async add(ids: readonly string[]): Promise<void> {
    await this.queue.addBulk(
      ids.map((id) => ({ name: id.split('-', 1)[0] ?? id, data: {}, opts: { ...this.jobOptions, jobId: id } })),
    );
  }

  private async view(id: string, state: JobState): Promise<JobView> {
    try {
      return viewOf(id, state, await this.queue.getJob(id));
    } catch (error) {
      if (isUnreadable(error)) return unreadable(id, state);
      throw error;
    }
  }

  private async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      const answer = await within(this.options.clock, this.answerWithinMs, work());
      this.troubles.end();
      return answer;
    } catch (error) {
      this.troubles.begin(error);
      if (error instanceof JobQueueUnavailable) throw error;
      // Without the driver's error as cause: it carries the command, and whoever logs causes would print it.
      throw new JobQueueUnavailable('unreachable', error instanceof Error ? error.message.slice(0, 200) : 'unknown');
    }
  }

  /** Once, when Redis is there: a wrong setting costs jobs, which costs time, and nobody would notice. */
  private async inspect(): Promise<void> {
    try {
      await this.queue.waitUntilReady();
      const client = await this.queue.getBackend().client;
      const findings = findingsOf(await client.info());
      for (const finding of findings) this.options.logger.warn('Redis is not set up for jobs', { finding });
    } catch {
      // Said as trouble already.
    }
  }

  private get answerWithinMs(): number {
    return this.options.answerWithinMs ?? ANSWER_WITHIN_MS;
  }

  private assertOpen(): void {
    if (this.closing !== undefined) throw new JobQueueUnavailable('closed', 'it was closed');
  }
}
