import type { Clock, Logger } from '@claviger/platform';
import type { Holds } from './holds.js';

const DAY = 24 * 60 * 60 * 1000;
/** A silence between heartbeats that counts as downtime. */
const SHORTEST_DOWNTIME = 60_000;

/** A time during which the service did not run (or its clock did not tell the truth). Epoch milliseconds. */
export interface Downtime {
  readonly from: number;
  readonly to: number;
}

/**
 * Decides whether the clock may be believed for what cannot be undone (DESIGN section 4, "Time"). If it lies behind the last event, or
 * more than a day ahead of the last heartbeat, destruction and retirement wait; and no downtime consumes the last day of a deletion window.
 */
export class TimeGuard {
  private lastBeat: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly holds: Holds,
    private readonly logger: Logger,
    private readonly lastEventAt: () => number,
    private readonly downtimes: readonly Downtime[],
  ) {}

  /** @param lastHeartbeat of the previous run; undefined at the very first start @returns the downtime since then, if any */
  begin(lastHeartbeat: number | undefined): Downtime | undefined {
    const now = this.clock.now();
    this.lastBeat = lastHeartbeat ?? now;
    this.check(now);
    const silence = now - this.lastBeat;
    return silence > SHORTEST_DOWNTIME ? { from: this.lastBeat, to: now } : undefined;
  }

  /** Once a second. @returns the time to record as heartbeat: it stands still while the clock is not believed */
  beat(): number {
    const now = this.clock.now();
    const believed = this.check(now);
    if (believed) this.lastBeat = now;
    return this.lastBeat ?? now;
  }

  /** An operator says that the time is right. */
  accept(): void {
    this.lastBeat = this.clock.now();
    this.holds.release('clock');
  }

  /** When a deletion that was due at `deletionAt` may happen: later by as much of its last day as the service was down. */
  notBefore(deletionAt: number): number {
    const lastDay = deletionAt - DAY;
    let lost = 0;
    for (const { from, to } of this.downtimes) lost += Math.max(0, Math.min(to, deletionAt) - Math.max(from, lastDay));
    return deletionAt + lost;
  }

  private check(now: number): boolean {
    const lastEventAt = this.lastEventAt();
    if (now < lastEventAt) {
      return this.hold(`The clock is behind the last event: it says ${iso(now)}, the event is of ${iso(lastEventAt)}.`);
    }
    if (this.lastBeat !== undefined && now - this.lastBeat > DAY) {
      // The heartbeat stands still from here on, so this stays true, through restarts too, until an operator has accepted it.
      return this.hold(
        `The clock is more than 24 hours ahead of the last heartbeat of ${iso(this.lastBeat)}: the service was down, or the clock jumped.`,
      );
    }
    // A clock that has caught up with the events again explains itself.
    this.holds.release('clock');
    return true;
  }

  private hold(finding: string): false {
    if (!this.holds.all().some(({ kind }) => kind === 'clock')) {
      this.logger.error('ALERT: the clock is not believed, destruction and retirement wait for an operator', {
        finding,
      });
    }
    this.holds.raise({ kind: 'clock', stops: 'destruction', findings: [finding] });
    return false;
  }
}

const iso = (at: number): string => new Date(at).toISOString();
