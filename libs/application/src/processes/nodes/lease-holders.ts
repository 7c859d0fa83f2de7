import type { Clock } from '@claviger/platform';
import { LEASE_MS } from '../../access/lease.js';
import type { Beat } from './beat.js';

interface Holder {
  readonly node: string;
  readonly drained: bigint;
  /** Monotonic time of this node at which the beat was read: later than the moment from which its sender counts. */
  readonly readAt: number;
}

/** Clocks run at slightly different speeds: a lease of another node counts as run out this much later than it says itself. */
const CLOCK_DRIFT_MS = 250;
const RUNS_OUT_AFTER_MS = LEASE_MS + CLOCK_DRIFT_MS;

/** The other nodes that may hold a use lease, as their heartbeats tell. */
export class LeaseHolders {
  private readonly holders = new Map<string, Holder>();
  private wake: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /** In the order of the log. */
  read({ node, incarnation, phase, drained }: Beat): void {
    if (phase === 'serving') this.holders.set(incarnation, { node, drained, readAt: this.clock.monotonic() });
    else this.holders.delete(incarnation);
    for (const wake of this.wake.splice(0)) wake();
  }

  /** Names of the nodes whose lease may still run, for status output. */
  nodes(): readonly string[] {
    return [...this.holders.values()].filter((holder) => this.isAlive(holder)).map(({ node }) => node);
  }

  /**
   * Resolves when every holder has drained `position` or its lease has run out.
   * @param upToDate resolves when all heartbeats that were sent before the call have been read here
   */
  async drained(position: bigint, upToDate: () => Promise<unknown>): Promise<void> {
    for (let sure = false; ; ) {
      const behind = [...this.holders].filter(([, holder]) => holder.drained < position);
      const alive = behind.filter(([, holder]) => this.isAlive(holder));
      if (alive.length > 0) {
        sure = false;
        await this.changed(Math.min(...alive.map(([, { readAt }]) => readAt)) + RUNS_OUT_AFTER_MS);
      } else if (behind.length > 0 && !sure) {
        // A lease that seems to have run out may have been renewed by a heartbeat that has not been read here yet.
        await upToDate();
        sure = true;
      } else {
        // Gone for good: no later revocation has to ask again.
        for (const [incarnation] of behind) this.holders.delete(incarnation);
        return;
      }
    }
  }

  private isAlive({ readAt }: Holder): boolean {
    return this.clock.monotonic() < readAt + RUNS_OUT_AFTER_MS;
  }

  /** Resolves at the next heartbeat, or at that monotonic time. */
  private changed(until: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(Math.max(0, until - this.clock.monotonic()), resolve);
      this.wake.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
