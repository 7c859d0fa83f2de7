import { FakeClock } from '@claviger/testing';

const TICK_MS = 5;

/** A fake clock that goes with the real one, for services whose servers are real: its wall can be set, and it can be moved on top. */
export class RunningClock extends FakeClock {
  private readonly ticking: NodeJS.Timeout;

  constructor(start?: number) {
    super(start);
    let last = performance.now();
    this.ticking = setInterval(() => {
      const now = performance.now();
      this.advance(now - last);
      last = now;
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.ticking);
  }
}
