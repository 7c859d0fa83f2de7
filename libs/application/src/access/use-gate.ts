import type { CallContext, GateEpoch } from '../call-context.js';

/**
 * Lets a revocation wait for the calls that were authorised before it. Calls enter before they look at any state and leave when their
 * answer goes out; draining starts a new epoch and waits until the old one is empty, so that later calls never hold it up.
 */
export class UseGate {
  private epoch: GateEpoch = { running: 0, onEmpty: undefined };
  private draining: Promise<void> = Promise.resolve();

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

  /** Resolves when every call that entered before this moment has left. */
  drain(): Promise<void> {
    const old = this.epoch;
    this.epoch = { running: 0, onEmpty: undefined };
    const emptied =
      old.running === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            old.onEmpty = resolve;
          });
    // Epochs older than `old` may still be running for an earlier drain.
    const before = this.draining;
    this.draining = before.then(() => emptied);
    return this.draining;
  }
}
