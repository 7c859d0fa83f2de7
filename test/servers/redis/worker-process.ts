import { ChildProcessWithMessages } from './child.js';
import type { RedisConnection } from './redis-server.js';

interface Work {
  readonly type: 'work';
  readonly redis: RedisConnection;
  /** Name of the queue. */
  readonly name: string;
  readonly locks: { readonly durationMs: number; readonly checkEveryMs: number };
}

export type ToWorker = Work | { readonly type: 'ended'; readonly id: string };
export type FromWorker = { readonly type: 'works' } | { readonly type: 'took'; readonly id: string };

/** A worker of a queue that runs in a process of its own; what it takes, it holds until it is told that the job has ended. */
export class WorkerProcess extends ChildProcessWithMessages<ToWorker, FromWorker> {
  readonly took: string[] = [];

  static async start(work: Omit<Work, 'type'>): Promise<WorkerProcess> {
    const worker = new WorkerProcess('worker-child');
    await worker.up({ type: 'work', ...work });
    return worker;
  }

  /** The job that it holds is done, for all it knows. */
  ended(id: string): void {
    this.tell({ type: 'ended', id });
  }

  protected override heard(message: FromWorker): void {
    if (message.type === 'took') this.took.push(message.id);
  }
}
