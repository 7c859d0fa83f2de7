import { KmsError } from '@claviger/domain';
import type { Clock } from '@claviger/platform';
import type { CallContext, GateEpoch } from '../call-context.js';
import { LEASE_MS } from './lease.js';

/**
 * Lets a revocation wait for the calls that were authorised before it. Calls enter before they look at any state and leave when their
 * answer goes out; draining starts a new epoch and waits until the old one is empty, so that later calls never hold it up.
 *
 * It waits no longer than a lease lasts: a call that hangs, on a store or a device that does not answer, is then refused in the end, and
 * holds up no revocation (DESIGN section 7: under a second when healthy, the lease at worst).
 */
export class UseGate {
  private epoch = newEpoch();
  private draining: Promise<void> = Promise.resolve();

  constructor(private readonly clock: Clock) {}

  /** Idempotent per call. */
  enter(call: CallContext): void {
    if (call.facts.inside !== null) return;
    this.epoch.running += 1;
    call.facts.inside = this.epoch;
  }

  /** Idempotent; does nothing for calls that never entered. */
  leave(call: CallContext): void {
    const epoch = call.facts.inside;
    if (epoch === null) return;
    call.facts.inside = null;
    epoch.running -= 1;
    if (epoch.running === 0) epoch.onEmpty?.();
  }

  /** May the result of this call still go out? False when a revocation does not wait for it any more. */
  mayAnswer(call: CallContext): boolean {
    return call.facts.inside?.over !== true;
  }

  /** Resolves when no call that entered before this moment can still be answered with a result. */
  drain(): Promise<void> {
    const old = this.epoch;
    this.epoch = newEpoch();
    const emptied = old.running === 0 ? Promise.resolve() : this.emptied(old);
    // Epochs older than `old` may still be running for an earlier drain.
    const before = this.draining;
    this.draining = before.then(() => emptied);
    return this.draining;
  }
  private emptied(epoch: GateEpoch): Promise<void> {
    return new Promise((resolve) => {
      const late = this.clock.after(LEASE_MS, () => {
        epoch.over = true;
        resolve();
      });
      epoch.onEmpty = (): void => {
        late.cancel();
        resolve();
      };
    });
  }
}

const newEpoch = (): GateEpoch => ({ running: 0, onEmpty: undefined, over: false });

/** What a use is told that took so long that what it was authorised by has changed. */
export const overtaken = (): KmsError =>
  new KmsError('Unavailable', 'The call took too long, and what it was authorised by may have changed. Try again.');
