import type { DueAction, KeyState as DomainKey } from '@claviger/domain';
import type { Clock, Logger, Metrics, Timer } from '@claviger/platform';
import { type JobQueue, MOST_LISTED } from '@claviger/ports';
import type { KeyState } from '@claviger/projections';
import type { Holds } from './holds.js';
import type { DueWork } from './jobs/due-work.js';
import { jobIdOf, parseJobId } from './jobs/job-id.js';

export interface SchedulerParts {
  readonly keyState: KeyState;
  readonly jobs: JobQueue;
  readonly work: DueWork;
  readonly holds: Holds;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const EVERY_MS = 15_000;
const PAGE = 200;
const OVERDUE_AFTER = 60 * 60 * 1000;
/** How long something may be due and asked for before the scheduler does it itself, whatever the queue says. */
const PATIENCE_MS = 60 * 60 * 1000;

/**
 * Asks for jobs: derives every 15 s from the state what is due, and has it run through the queue, so that several nodes share the work.
 * It believes nothing that the queue says. What is still due after an hour of asking it does itself: a queue that is gone, full of
 * somebody else's jobs, or made to ignore an id costs an hour, never a rotation.
 */
export class Scheduler {
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  /** Job → since when it is asked for, by the monotonic clock. */
  private asked = new Map<string, number>();
  private overdueLogged = new Set<string>();
  private unreadable = new Set<string>();
  private queueLost = false;
  private readonly overdue;
  private readonly waiting;
  private readonly dead;
  private readonly up;

  constructor(private readonly on: SchedulerParts) {
    const { metrics } = on;
    this.overdue = metrics.gauge(
      'claviger_rotations_overdue',
      'Rotations that were due more than an hour ago and have not happened',
    );
    this.waiting = metrics.gauge('claviger_jobs_waiting', 'Jobs that wait in the queue, to run now or again');
    this.dead = metrics.gauge('claviger_jobs_dead', 'Jobs that have failed too often: see `claviger jobs list`');
    this.up = metrics.gauge('claviger_job_queue_up', '1 when the job queue answered at the last look, else 0');
  }

  start(): void {
    this.timer = this.on.clock.every(EVERY_MS, () => void this.tick());
    void this.tick();
  }

  async stop(): Promise<void> {
    this.timer?.cancel();
    await this.running;
  }

  /** One look at everything that is due; calls that overlap share it. Resolves when the jobs are asked for. Never rejects. */
  tick(): Promise<void> {
    this.running ??= this.pass()
      .catch((error: unknown) => this.on.logger.error('a scheduler pass failed, the next one starts anew', { error }))
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  private async pass(): Promise<void> {
    const { keyState, holds } = this.on;
    if (holds.stopsUse) return;
    await keyState.toHead();
    const wanted = await this.collect();
    const impatient = this.remember(wanted);
    await this.ask(wanted);
    for (const id of impatient) await this.doItself(id);
  }

  /** Ids of the jobs that are due, over all keys. */
  private async collect(): Promise<ReadonlySet<string>> {
    const { keyState, clock, work, logger } = this.on;
    const wanted = new Set<string>();
    const seen = new Set<string>();
    const overdue = new Set<string>();
    const unreadable = new Set<string>();
    for (;;) {
      const page = keyState.keysDue(clock.now(), seen.size + PAGE).filter(({ keyId }) => !seen.has(keyId));
      if (page.length === 0) break;
      for (const { account, region, keyId } of page) {
        seen.add(keyId);
        try {
          const found = await work.due(account, region, keyId);
          for (const action of found?.actions ?? []) {
            if (found === undefined) continue;
            wanted.add(jobIdOf(found.key, action));
            if (this.isOverdue(found.key, action)) overdue.add(keyId);
          }
        } catch (error) {
          unreadable.add(keyId);
          if (!this.unreadable.has(keyId))
            logger.error('what is due of a key cannot be told, it waits', { keyId, error });
        }
      }
    }
    this.overdue.set(overdue.size);
    this.overdueLogged = overdue;
    this.unreadable = unreadable;
    return wanted;
  }

  private isOverdue(key: DomainKey, { command, dueAt }: DueAction): boolean {
    if (command.type !== 'RotateKey' || this.on.clock.now() - dueAt < OVERDUE_AFTER) return false;
    if (!this.overdueLogged.has(key.keyId)) {
      this.on.logger.warn('ALERT: a rotation is overdue', { key: key.arn, dueAt: new Date(dueAt).toISOString() });
    }
    return true;
  }

  /** @returns what has been asked for too long */
  private remember(wanted: ReadonlySet<string>): readonly string[] {
    const now = this.on.clock.monotonic();
    const asked = new Map<string, number>();
    const impatient: string[] = [];
    for (const id of wanted) {
      const since = this.asked.get(id) ?? now;
      if (now - since >= PATIENCE_MS) impatient.push(id);
      asked.set(id, now - since >= PATIENCE_MS ? now : since);
    }
    this.asked = asked;
    return impatient;
  }

  private async ask(wanted: ReadonlySet<string>): Promise<void> {
    const { jobs, logger } = this.on;
    const ids = [...wanted];
    try {
      for (let at = 0; at < ids.length; at += MOST_LISTED) await jobs.enqueue(ids.slice(at, at + MOST_LISTED));
      // Dead, and not due any more: a run finds nothing to do, and it is gone.
      for (const { id } of await jobs.list('dead', 0, MOST_LISTED))
        if (!this.mayBeDue(id, wanted)) await jobs.retry(id);
      const { waiting, dead } = await jobs.counts();
      this.waiting.set(waiting);
      this.dead.set(dead);
      this.up.set(1);
      if (this.queueLost) logger.info('the job queue answers again');
      this.queueLost = false;
    } catch (error) {
      this.up.set(0);
      if (!this.queueLost) logger.error('ALERT: the job queue does not answer, what is due may be late', { error });
      this.queueLost = true;
    }
  }

  /** What is due of a key that cannot be read is not known: its dead jobs stay, and with them the alert. */
  private mayBeDue(id: string, wanted: ReadonlySet<string>): boolean {
    return wanted.has(id) || this.unreadable.has(parseJobId(id)?.keyId ?? '');
  }

  private async doItself(id: string): Promise<void> {
    const { work, logger } = this.on;
    logger.warn('a job was asked for in vain for an hour, it is done without the queue', { job: id });
    try {
      await work.run(id);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      logger.warn('something that is due could not be done, it is tried again', { job: id, reason });
    }
  }
}
