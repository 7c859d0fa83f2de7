import type { Clock, Logger, Timer } from '@claviger/platform';
import { type EventRecord, type EventStore, START, type Subscription } from '@claviger/ports';

/** How a read model takes in events: a batch at a time, in order. */
export interface Folding {
  /** Position up to which everything is in. */
  readonly applied: bigint;
  /** MUST be all or nothing for the batch, checkpoint included. */
  fold(events: readonly EventRecord[]): void;
}

export interface FeedOptions {
  /** Streams that the store delivers; all of them when absent. */
  readonly streamPrefixes?: readonly string[];
  /**
   * A position, asked for now, that the subscription will reach and before which everything stands that the store holds now. The store's
   * head when absent, which suits a subscription without a filter only.
   */
  readonly barrier?: () => Promise<bigint>;
}

const FIRST_DELAY = 50;
const LONGEST_DELAY = 5_000;

interface Waiter {
  readonly position: bigint;
  readonly resolve: () => void;
}

/**
 * Feeds one read model from one catch-up subscription, for ever: a subscription that breaks is replaced, starting behind the last event
 * that was folded. Callers wait for a position; all waits are served by the same stream of events.
 */
export class Feed {
  private subscription: Subscription | undefined;
  private waiters: Waiter[] = [];
  private retry: Timer | undefined;
  private delay = FIRST_DELAY;
  private stopping = false;
  private headInFlight: Promise<bigint> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly target: Folding,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: FeedOptions = {},
  ) {}

  /** Resolves when the read model holds everything that the store held when this was called. */
  start(): Promise<void> {
    this.subscribe();
    return this.toHead();
  }

  /** Resolves once the model holds everything up to `position`. */
  reached(position: bigint): Promise<void> {
    if (this.target.applied >= position) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ position, resolve }));
  }

  /** Resolves once the model holds all that the store holds now. Callers that arrive together share one question to the store. */
  async toHead(): Promise<void> {
    const { barrier } = this.options;
    // A barrier shares by itself: a later caller must not get an earlier one.
    if (barrier !== undefined) return this.reached(await barrier());
    this.headInFlight ??= this.store.head().finally(() => {
      this.headInFlight = undefined;
    });
    await this.reached(await this.headInFlight);
  }

  /** False while the subscription is broken. */
  get following(): boolean {
    return this.subscription !== undefined;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.retry?.cancel();
    await this.subscription?.stop();
    this.subscription = undefined;
  }

  private subscribe(): void {
    this.subscription = this.store.subscribe({
      after: this.target.applied === START ? START : this.target.applied,
      streamPrefixes: this.options.streamPrefixes,
      onEvents: async (events) => {
        this.target.fold(events);
        this.delay = FIRST_DELAY;
        this.wake();
      },
      onStopped: (error) => this.onStopped(error),
    });
  }

  private wake(): void {
    const { applied } = this.target;
    const ready = this.waiters.filter((waiter) => waiter.position <= applied);
    if (ready.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => waiter.position > applied);
    for (const waiter of ready) waiter.resolve();
  }

  private onStopped(error: Error | undefined): void {
    this.subscription = undefined;
    if (this.stopping) return;
    this.logger.error('the feed of a read model broke, it starts again', { error, delayMs: this.delay });
    this.retry = this.clock.after(this.delay, () => this.subscribe());
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }
}
