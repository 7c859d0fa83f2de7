import { ChildProcessWithMessages } from './child.js';
import type { RedisConnection } from './redis-server.js';

export interface DueWorkerOptions {
  readonly node: string;
  /** Of the event store. */
  readonly connection: string;
  /** Path of the sealed store's file. */
  readonly sealedStore: string;
  /** Hex. */
  readonly rootKey: string;
  /** What its clock says when it starts, epoch milliseconds. */
  readonly now: number;
  readonly redis: RedisConnection;
  /** Name of the queue. */
  readonly name: string;
  readonly locks: { readonly durationMs: number; readonly checkEveryMs: number };
}

export type ToDueWorker = { readonly type: 'work'; readonly options: DueWorkerOptions } | { readonly type: 'go' };
export type FromDueWorker =
  | { readonly type: 'works' }
  | { readonly type: 'took'; readonly id: string }
  | { readonly type: 'ran'; readonly id: string; readonly outcome: string };

/** A worker node in a process of its own, which takes jobs, and does what is due when it is told to go on. */
export class DueWorkerProcess extends ChildProcessWithMessages<ToDueWorker, FromDueWorker> {
  readonly took: string[] = [];
  /** What its runs came to. */
  readonly outcomes: string[] = [];

  static async start(options: DueWorkerOptions): Promise<DueWorkerProcess> {
    const worker = new DueWorkerProcess('due-worker-child');
    await worker.up({ type: 'work', options });
    return worker;
  }

  /** Does what it took, and from now on what it takes. */
  go(): void {
    this.tell({ type: 'go' });
  }

  protected override heard(message: FromDueWorker): void {
    if (message.type === 'took') this.took.push(message.id);
    if (message.type === 'ran') this.outcomes.push(message.outcome);
  }
}
