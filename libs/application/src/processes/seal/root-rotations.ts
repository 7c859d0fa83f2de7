import { PrivateFileError, type Timer } from '@claviger/platform';
import { SealedStoreUnavailable } from '@claviger/ports';
import { RotateRoot, type RotateRootParts, type RootRotationState, RotationStopped } from '../rotate-root.js';

/** How often another process's change is looked for: far more often than a change takes at least to settle. */
const LOOK_EVERY_MS = 5_000;
/** After a pass that failed, and while records that do not open hold the change up. */
const AGAIN_AFTER_MS = 30_000;

/**
 * `none`: nothing since this process started · `running`: a pass is under way · `settling`: everything found is under the new root key,
 * what was being stored meanwhile is looked for later · `held-up`: some records open under neither root key · `failed`: a pass
 * could not be finished and is begun again · `finished`: the old root key is forgotten.
 */
export type RootRotationStep = 'none' | 'running' | 'settling' | 'held-up' | 'failed' | 'finished';

/** How far the exchange of the root key is. Times are epoch milliseconds. */
export interface RootRotationView {
  readonly step: RootRotationStep;
  /** Ids of the root keys; null: no exchange. */
  readonly from: string | null;
  readonly to: string | null;
  readonly startedAt: number | null;
  /** Records that this pass has looked at, and how many there are. */
  readonly done: number;
  readonly of: number;
  /** While it settles: when the last pass begins. */
  readonly settledAt: number | null;
  /** What opens under neither root key. */
  readonly unreadable: readonly string[];
  /** Why the last pass failed. */
  readonly problem: string | null;
}

const NONE: RootRotationView = {
  step: 'none',
  from: null,
  to: null,
  startedAt: null,
  done: 0,
  of: 0,
  settledAt: null,
  unreadable: [],
  problem: null,
};

export type RootRotationsParts = Omit<RotateRootParts, 'onProgress' | 'stopped'>;

/**
 * Exchanges the root key beside the calls: begins a change when an operator asks, goes on with one that is under way when the process
 * starts, and follows what other processes do to the same seal.
 */
export class RootRotations {
  private readonly rotate: RotateRoot;
  private view = NONE;
  private accepted: readonly string[] = [];
  private drives = false;
  private stopping = false;
  private pass: Promise<void> | undefined;
  private look: Timer | undefined;
  private again: Timer | undefined;

  constructor(private readonly on: RootRotationsParts) {
    this.rotate = new RotateRoot({
      ...on,
      onProgress: (done, of) => this.set({ done, of }),
      stopped: () => this.stopping,
    });
  }

  /** @param drives this process goes on with a change that is under way; else it only follows those that do */
  start(drives: boolean): void {
    this.drives = drives;
    this.look = this.on.clock.every(LOOK_EVERY_MS, () => void this.follow());
    if (drives && this.on.seal.rootChange() !== undefined) this.go();
  }

  /** Leaves a pass that is under way: it is begun again at the next start. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.look?.cancel();
    this.again?.cancel();
    await this.pass;
  }

  status(): RootRotationView {
    const change = this.on.seal.rootChange();
    if (change === undefined) return this.view;
    const { from, to, startedAt } = change;
    const step = this.view.step === 'none' || this.view.step === 'finished' ? 'running' : this.view.step;
    return { ...this.view, step, from, to, startedAt };
  }

  /**
   * Begins a change, or goes on with the one under way; the new root key is durable on return, the rest follows.
   * @param acceptUnreadable references that an operator has given up: they do not hold it up any more
   * @throws Sealed, PrivateFileError
   */
  async begin(acceptUnreadable: readonly string[]): Promise<RootRotationView> {
    const { from, to, startedAt } = await this.rotate.begin();
    this.accepted = [...new Set([...this.accepted, ...acceptUnreadable])];
    this.drives = true;
    if (this.pass === undefined) this.set({ ...NONE, step: 'running', from, to, startedAt });
    this.go();
    return this.status();
  }

  /** One pass at a time; what it leaves to do is done later. */
  private go(): void {
    this.again?.cancel();
    if (this.pass !== undefined || this.stopping) return;
    this.pass = this.one().finally(() => (this.pass = undefined));
  }

  private async one(): Promise<void> {
    this.set({ step: 'running', done: 0, of: 0, problem: null });
    try {
      this.ended(await this.rotate.resume(this.accepted));
    } catch (error) {
      if (error instanceof RotationStopped) return;
      const problem = error instanceof SealedStoreUnavailable || error instanceof PrivateFileError;
      this.set({ step: 'failed', problem: problem ? error.message : 'an unexpected error; the log says more' });
      this.on.logger.error('a pass of the exchange of the root key failed, it is begun again', { error });
      this.later(AGAIN_AFTER_MS);
    }
  }

  private ended(state: RootRotationState): void {
    switch (state.state) {
      case 'none':
        // Another process has finished it.
        this.set({ ...this.view, step: 'finished', unreadable: [] });
        return;
      case 'finished':
        this.accepted = [];
        this.set({ step: 'finished', ...change(state), settledAt: null, unreadable: [] });
        return;
      case 'settling':
        this.set({ step: 'settling', ...change(state), settledAt: this.on.clock.now() + state.waitMs, unreadable: [] });
        this.later(state.waitMs);
        return;
      case 'held-up':
        this.set({ step: 'held-up', ...change(state), settledAt: null, unreadable: state.unreadable });
        this.later(AGAIN_AFTER_MS);
        return;
    }
  }

  private later(ms: number): void {
    this.again?.cancel();
    if (!this.stopping) this.again = this.on.clock.after(ms, () => this.go());
  }

  /** Whoever begins a change reckons with it that every process looks here often (`settleMs`). */
  private async follow(): Promise<void> {
    const before = this.on.seal.rootChange()?.to;
    try {
      await this.on.seal.refreshRoot();
    } catch (error) {
      this.on.logger.error('the seal file could not be looked at', { error });
      return;
    }
    const now = this.on.seal.rootChange()?.to;
    if (before !== now) this.on.logger.info('the root key is exchanged by another process', { to: now ?? before });
    if (this.drives && now !== undefined && this.view.step === 'none') this.go();
  }

  private set(change: Partial<RootRotationView>): void {
    this.view = { ...this.view, ...change };
  }
}

const change = ({
  change: { from, to, startedAt },
}: Exclude<RootRotationState, { readonly state: 'none' }>): Pick<RootRotationView, 'from' | 'to' | 'startedAt'> => ({
  from,
  to,
  startedAt,
});
