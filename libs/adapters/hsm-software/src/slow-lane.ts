import type { KeyPairSpec } from '@claviger/crypto';
import { Gate } from './gate.js';

/**
 * Work in libuv's pool, which the journal's fdatasync shares: one thread always stays free of ours. RSA key pairs (up to seconds each)
 * are made one at a time, so that signatures find a thread as well.
 */
export class SlowLane {
  readonly #pool: Gate;
  readonly #rsaPairs: Gate;

  constructor(poolThreads: number, mostWaiting: number) {
    this.#pool = new Gate(Math.max(1, poolThreads - 1), mostWaiting);
    this.#rsaPairs = new Gate(1, mostWaiting);
  }

  /** @throws HsmOverloaded */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#pool.run(work);
  }

  /** @throws HsmOverloaded */
  generation<T>(spec: KeyPairSpec, work: () => Promise<T>): Promise<T> {
    return spec.startsWith('RSA_') ? this.#rsaPairs.run(() => this.#pool.run(work)) : this.#pool.run(work);
  }
}
