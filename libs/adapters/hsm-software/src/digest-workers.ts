import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { RandomSource, SigningAlgorithm } from '@claviger/crypto';
import { HsmUnavailable } from '@claviger/ports';
import { type DigestAnswer, type DigestJob, JOB_RANDOM_LENGTH } from './digest-job.js';
import type { DigestSigner } from './digest-signer.js';
import { Gate } from './gate.js';

export interface DigestWorkersOptions {
  readonly random: RandomSource;
  /** Worker threads; 1 when absent. */
  readonly threads?: number;
  /** Most calls that wait for a thread; 1024 when absent. */
  readonly mostWaiting?: number;
  /** Compiled entry of a worker; only tests name another. */
  readonly entry?: URL;
}

interface Running {
  readonly worker: Worker;
  readonly answered: Map<number, { resolve: (signature: Uint8Array) => void; reject: (error: unknown) => void }>;
}

/**
 * Signs digests in worker threads, one signature per thread at a time. Threads start with their first call and do not keep the process
 * alive. A thread that dies fails its call; the next call gets a new one. Keys are handed over by reference, not copied.
 */
export class DigestWorkers implements DigestSigner {
  readonly #gate: Gate;
  readonly #idle: Running[] = [];
  readonly #all = new Set<Running>();
  readonly #entry: URL;
  #lastId = 0;
  #closed = false;

  constructor(private readonly options: DigestWorkersOptions) {
    this.#gate = new Gate(options.threads ?? 1, options.mostWaiting ?? 1024);
    this.#entry = options.entry ?? new URL('./digest-worker.js', import.meta.url);
  }

  sign(key: KeyObject, algorithm: SigningAlgorithm, digest: Uint8Array): Promise<Uint8Array> {
    return this.#gate.run(async () => {
      if (this.#closed) throw new HsmUnavailable('the signing threads were stopped');
      const running = this.#idle.pop() ?? this.#start();
      try {
        return await this.#ask(running, key, algorithm, digest);
      } finally {
        if (this.#all.has(running)) this.#idle.push(running);
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#all];
    this.#all.clear();
    this.#idle.length = 0;
    await Promise.all(running.map(({ worker }) => worker.terminate()));
  }

  #ask(running: Running, key: KeyObject, algorithm: SigningAlgorithm, digest: Uint8Array): Promise<Uint8Array> {
    const job: DigestJob = {
      id: ++this.#lastId,
      key,
      algorithm,
      digest,
      random: this.options.random(JOB_RANDOM_LENGTH),
    };
    return new Promise((resolve, reject) => {
      running.answered.set(job.id, { resolve, reject });
      running.worker.postMessage(job);
      job.random.fill(0); // the thread has its own copy
    });
  }

  #start(): Running {
    const running: Running = { worker: new Worker(this.#entry), answered: new Map() };
    this.#all.add(running);
    running.worker.unref();
    running.worker.on('message', (answer: DigestAnswer) => settle(running, answer));
    running.worker.on('error', (error) => this.#lost(running, error));
    running.worker.on('exit', () => this.#lost(running, undefined));
    return running;
  }

  #lost(running: Running, cause: unknown): void {
    this.#all.delete(running);
    const at = this.#idle.indexOf(running);
    if (at >= 0) this.#idle.splice(at, 1);
    const error = new HsmUnavailable('a signing thread ended before it answered', { cause });
    for (const { reject } of running.answered.values()) reject(error);
    running.answered.clear();
  }
}

function settle(running: Running, answer: DigestAnswer): void {
  const waiting = running.answered.get(answer.id);
  running.answered.delete(answer.id);
  if ('signature' in answer) waiting?.resolve(answer.signature);
  else waiting?.reject(new Error(answer.error));
}
