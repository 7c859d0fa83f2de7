import { KmsError } from '@claviger/domain';
import type { Clock } from '@claviger/platform';

/** The right of this node to use keys at all (DESIGN section 7). Without it every use is refused. */
export interface Lease {
  readonly held: boolean;
}

/** In one process that holds the lock of its data folder. */
export const HELD_BY_LOCK: Lease = { held: true };

/** How long a node may use keys after the moment at which it last proved that it sees the event store. */
export const LEASE_MS = 5_000;

/** Runs out by itself, on a clock that cannot be set. */
export class UseLease implements Lease {
  private until = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  get held(): boolean {
    return this.clock.monotonic() < this.until;
  }

  /** @param from monotonic time before the proof was begun, never after */
  renew(from: number): void {
    this.until = Math.max(this.until, from + LEASE_MS);
  }

  end(): void {
    this.until = Number.NEGATIVE_INFINITY;
  }
}

/** What a use is told on a node that may be out of date without knowing. */
export const withoutLease = (): KmsError =>
  new KmsError('Unavailable', 'This node does not see the event store now. No key is used without knowing its state.');
