import type { AuditCheckpoint } from './fold.js';

export interface Wait {
  /** Resolves when the target is reached, or nothing will be any more. */
  readonly done: Promise<void>;
  cancel(): void;
}

const has = (at: AuditCheckpoint, target: AuditCheckpoint): boolean =>
  at.journal >= target.journal && at.store >= target.store;

/** Those who wait until the view has come to a point. */
export class PositionWaiters {
  private readonly waiting = new Set<{ readonly target: AuditCheckpoint; readonly resolve: () => void }>();
  private over = false;

  until(target: AuditCheckpoint, at: AuditCheckpoint): Wait {
    if (this.over || has(at, target)) return { done: Promise.resolve(), cancel: () => undefined };
    let cancel = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      const waiter = { target, resolve };
      this.waiting.add(waiter);
      cancel = () => this.waiting.delete(waiter) && undefined;
    });
    return { done, cancel: () => cancel() };
  }

  wake(at: AuditCheckpoint): void {
    for (const waiter of this.waiting) {
      if (!has(at, waiter.target)) continue;
      this.waiting.delete(waiter);
      waiter.resolve();
    }
  }

  /** Nothing will be reached any more: nobody waits from here on. */
  releaseAll(): void {
    this.over = true;
    for (const { resolve } of this.waiting) resolve();
    this.waiting.clear();
  }
}
