import type { Clock, Ids, Timer } from '@claviger/platform';
import type { Timing } from './options.js';
import { NoAnswer } from './failure.js';

/** Settles with `promise`, or rejects once `ms` have passed: the client has calls that never settle. @throws NoAnswer */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new NoAnswer(`no answer within ${ms} ms`)));
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Waits that grow: doubled each time up to the longest, and up to half shorter by chance, so that callers do not return in step. */
export class Backoff {
  #delay: number;

  constructor(
    private readonly ids: Ids,
    private readonly timing: Pick<Timing, 'firstDelay' | 'longestDelay'>,
  ) {
    this.#delay = timing.firstDelay;
  }

  /** Milliseconds to wait now. */
  next(): number {
    const delay = this.#delay;
    this.#delay = Math.min(2 * delay, this.timing.longestDelay);
    const [high = 0, low = 0] = this.ids.random(2);
    return delay * (1 - ((high << 8) | low) / 0x20000);
  }

  reset(): void {
    this.#delay = this.timing.firstDelay;
  }
}

/** A wait that can be ended early. */
export class Pause {
  #end = (): void => undefined;

  wait(clock: Clock, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer: Timer = clock.after(ms, resolve);
      this.#end = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  end(): void {
    this.#end();
  }
}
