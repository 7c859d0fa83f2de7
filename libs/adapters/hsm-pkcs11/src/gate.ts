import { HsmOverloaded } from '@claviger/ports';

/** Lets at most `limit` pieces of work run at once and at most `mostWaiting` wait, in the order in which they came. */
export class Gate {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly limit: number,
    private readonly mostWaiting: number,
  ) {}

  /** The place passes on when `work` has settled. @throws HsmOverloaded when too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.limit) this.#running++;
    else await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.mostWaiting) {
      return Promise.reject(new HsmOverloaded(`${this.mostWaiting} calls wait for a session with the token already`));
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
