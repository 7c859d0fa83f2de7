import type { CallContext } from '../call-context.js';

interface Epoch {
  running: number;
  onEmpty: (() => void) | undefined;
}

/**
 * Lets a revocation wait for the calls that were authorised before it. Calls enter before they look at any state and leave when their
 * answer goes out; draining starts a new epoch and waits until the old one is empty, so that later calls never hold it up.
 */
export class UseGate {
  private epoch: Epoch = { running: 0, onEmpty: undefined };
  private readonly entered = new WeakMap<CallContext, Epoch>();
  private draining: Promise<void> = Promise.resolve();

  /** Idempotent per call. */
  enter(call: CallContext): void {
    if (this.entered.has(call)) return;
    this.epoch.running += 1;
    this.entered.set(call, this.epoch);
  }

  /** Idempotent; does nothing for calls that never entered. */
  leave(call: CallContext): void {
    const epoch = this.entered.get(call);
    if (epoch === undefined) return;
    this.entered.delete(call);
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
