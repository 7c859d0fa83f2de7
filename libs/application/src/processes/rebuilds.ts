import type { Clock, Logger } from '@claviger/platform';

export const REBUILT_VIEWS = ['key-state', 'audit-view'] as const;
export type RebuiltView = (typeof REBUILT_VIEWS)[number];

/** How a view is built anew while the present one serves. Rejects when it could not be; the present one then goes on serving. */
export type RebuildWork = (onProgress: (done: number, of: number) => void) => Promise<void>;

export interface RebuildStatus {
  readonly view: RebuiltView;
  /** `never`: not since this process started. */
  readonly state: 'never' | 'running' | 'done' | 'failed';
  /** Records folded so far, and how many there were when it began. */
  readonly done: number;
  readonly of: number;
  /** Epoch milliseconds. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** Rebuilds of read models: one per view at a time, watched by asking for its status. */
export class Rebuilds {
  private readonly states = new Map<RebuiltView, RebuildStatus>();

  constructor(
    private readonly work: Readonly<Record<RebuiltView, RebuildWork>>,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  status(view: RebuiltView): RebuildStatus {
    return this.states.get(view) ?? { view, state: 'never', done: 0, of: 0, startedAt: null, endedAt: null };
  }

  /** Begins one, unless one is running. */
  begin(view: RebuiltView): RebuildStatus {
    if (this.status(view).state === 'running') return this.status(view);
    this.set({ view, state: 'running', done: 0, of: 0, startedAt: this.clock.now(), endedAt: null });
    this.work[view]((done, of) => this.set({ ...this.status(view), done, of })).then(
      () => this.end(view, 'done'),
      (error: unknown) => {
        this.logger.error('a read model could not be rebuilt, the present one goes on serving', { view, error });
        this.end(view, 'failed');
      },
    );
    return this.status(view);
  }

  private end(view: RebuiltView, state: 'done' | 'failed'): void {
    this.set({ ...this.status(view), state, endedAt: this.clock.now() });
  }

  private set(status: RebuildStatus): void {
    this.states.set(status.view, status);
  }
}
