import { Worker } from 'node:worker_threads';
import type { Answer, JobName, Jobs } from '../token/jobs.js';
import { compacted, wipeBytes } from './bytes.js';
import type { Lane } from './lane.js';
import type { LaneAnswer, LaneMessage, LaneSettings } from './message.js';

type Settle = (answer: Answer<JobName>) => void;

/** A worker thread. It starts with its first job, keeps the process alive only during jobs, and is started again after it has died. */
export class ThreadLane implements Lane {
  readonly #asked = new Map<number, Settle>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closed = false;

  /** @param entry compiled entry of the thread */
  constructor(
    private readonly settings: LaneSettings,
    private readonly entry: URL,
  ) {}

  ask<J extends JobName>(job: J, request: Jobs[J]['request']): Promise<Answer<J>> {
    if (this.#closed) return Promise.resolve({ kind: 'lost', why: 'the token was closed' });
    const worker = (this.#worker ??= this.#start());
    const message: LaneMessage = { id: ++this.#lastId, job, request: compacted(request) };
    return new Promise((resolve) => {
      this.#asked.set(message.id, resolve);
      worker.ref();
      worker.postMessage(message);
      wipeBytes(message.request); // the thread has its own copy
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.entry, { workerData: this.settings });
    worker.unref();
    worker.on('message', ({ id, answer }: LaneAnswer) => {
      const settle = this.#asked.get(id);
      this.#asked.delete(id);
      if (this.#asked.size === 0) worker.unref();
      settle?.(answer);
    });
    worker.on('error', (error) => this.#died(worker, error instanceof Error ? error.message : 'for no reason given'));
    worker.on('exit', () => this.#died(worker, 'it ended'));
    return worker;
  }

  #died(worker: Worker, why: string): void {
    if (this.#worker !== undefined && this.#worker !== worker) return; // its successor works already
    this.#worker = undefined;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const settle of asked) settle({ kind: 'lost', why: `the thread of the session died: ${why}` });
  }
}
