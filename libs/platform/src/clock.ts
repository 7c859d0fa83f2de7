import { performance } from 'node:perf_hooks';

/** A pending call. */
export interface Timer {
  /** The call will not happen (again). Harmless when it has happened, or a second time. */
  cancel(): void;
}

/**
 * Time, passed in everywhere: no rule, adapter or protocol asks the system itself, so that tests can move it.
 * Timers never keep the process alive. What `fn` throws is not caught: it must handle its own errors.
 */
export abstract class Clock {
  /** Wall clock: milliseconds since 1970-01-01T00:00Z, an integer. May jump, also backwards. */
  abstract now(): number;

  /** Milliseconds since some moment of this process, with a fraction. Never goes back; the only clock for durations and leases. */
  abstract monotonic(): number;

  /** Calls `fn` once, not before `ms` have passed. @throws RangeError unless `ms` is a number from 0 up */
  abstract after(ms: number, fn: () => void): Timer;

  /** Calls `fn` every `ms` until cancelled. @throws RangeError unless `ms` is a number above 0 and at most 2^31 - 1 */
  abstract every(ms: number, fn: () => void): Timer;
}

// Above this Node's timers silently fire after 1 ms.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }

  override monotonic(): number {
    return performance.now();
  }

  override after(ms: number, fn: () => void): Timer {
    if (!(ms >= 0 && Number.isFinite(ms)))
      throw new RangeError(`a delay is a number of milliseconds from 0 up, got ${ms}`);
    let timeout: NodeJS.Timeout;
    const arm = (left: number): void => {
      const step = Math.min(left, LONGEST_TIMEOUT_MS);
      timeout = setTimeout(() => (left > step ? arm(left - step) : fn()), step);
      timeout.unref();
    };
    arm(ms);
    return { cancel: () => clearTimeout(timeout) };
  }

  override every(ms: number, fn: () => void): Timer {
    if (!(ms > 0 && ms <= LONGEST_TIMEOUT_MS)) {
      throw new RangeError(
        `an interval is a number of milliseconds above 0 and at most ${LONGEST_TIMEOUT_MS}, got ${ms}`,
      );
    }
    const interval = setInterval(fn, ms);
    interval.unref();
    return { cancel: () => clearInterval(interval) };
  }
}
