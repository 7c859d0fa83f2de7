import { Clock, type Timer } from '@claviger/platform';

interface Pending {
  readonly fn: () => void;
  /** Null: once. */
  readonly every: number | null;
  at: number;
  /** Tells timers of the same moment apart: the one set first goes first. */
  readonly order: number;
}

/** 2026-01-01T00:00Z, where a fake clock starts unless told otherwise. */
const NEW_YEAR_2026 = Date.UTC(2026, 0, 1);

/**
 * A clock that only a test moves. Timers fire inside `advance`, one by one, each at its own moment; a timer that is set while another
 * one fires takes part.
 */
export class FakeClock extends Clock {
  private readonly pending = new Set<Pending>();
  private elapsed = 0;
  private wall: number;
  private orders = 0;

  constructor(start: number = NEW_YEAR_2026) {
    super();
    this.wall = start;
  }

  override now(): number {
    return Math.floor(this.wall);
  }

  override monotonic(): number {
    return this.elapsed;
  }

  override after(ms: number, fn: () => void): Timer {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`a delay is a number from 0 up, got ${ms}`);
    return this.set(ms, null, fn);
  }

  override every(ms: number, fn: () => void): Timer {
    if (!(ms > 0 && ms < 2 ** 31)) throw new RangeError(`an interval is a number above 0 and below 2^31, got ${ms}`);
    return this.set(ms, ms, fn);
  }

  /** Moves both clocks forward and fires what comes due on the way. @throws RangeError unless `ms` is a number from 0 up */
  advance(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`time advances by a number from 0 up, got ${ms}`);
    const end = this.elapsed + ms;
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.move(Math.max(next.at, this.elapsed));
      if (next.every === null) this.pending.delete(next);
      else next.at += next.every;
      next.fn();
    }
    this.move(end);
  }

  /**
   * Moves both clocks at once, as a machine that was busy or asleep: a timer that came due, once or many times, fires once, and finds the
   * end of the jump. For long times in which seconds do not matter. @throws RangeError unless `ms` is a number from 0 up
   */
  jump(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`time advances by a number from 0 up, got ${ms}`);
    this.move(this.elapsed + ms);
    for (let next = this.next(this.elapsed); next !== undefined; next = this.next(this.elapsed)) {
      if (next.every === null) this.pending.delete(next);
      else next.at = this.elapsed + next.every;
      next.fn();
    }
  }

  /** The wall clock is set, as an administrator or a time server does: no timer fires, durations do not notice. */
  setWall(now: number): void {
    this.wall = now;
  }

  /** Timers that are set and have not fired. */
  get timers(): number {
    return this.pending.size;
  }

  private set(ms: number, every: number | null, fn: () => void): Timer {
    const timer: Pending = { fn, every, at: this.elapsed + ms, order: this.orders++ };
    this.pending.add(timer);
    return { cancel: () => void this.pending.delete(timer) };
  }

  private next(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.pending) {
      if (timer.at > end) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }

  private move(to: number): void {
    this.wall += to - this.elapsed;
    this.elapsed = to;
  }
}
