import type { CommitSignal } from './commit-signal.js';
import type { AllPage, ReadAllOptions, SubscribeOptions, Subscription } from './contract.js';

/** What a store must have so that {@link Followers} can serve its subscriptions. */
export interface FollowSource {
  readAll(options: ReadAllOptions): Promise<AllPage>;
  /** Raised after every commit. */
  readonly commits: CommitSignal;
}

/** Subscriptions of one store within its process: page by page until the end, then a look after each commit. */
export class Followers {
  readonly #running = new Set<Subscription>();

  constructor(
    private readonly source: FollowSource,
    private readonly pageSize = 500,
  ) {}

  start(options: SubscribeOptions): Subscription {
    const { source } = this;
    let stopped = false;
    const follow = async (): Promise<void> => {
      let { after } = options;
      while (!stopped) {
        // Before the page is read: a commit that lands meanwhile is then seen by `changed`.
        const seen = source.commits.count;
        const page = await source.readAll({ after, maxCount: this.pageSize, streamPrefixes: options.streamPrefixes });
        if (stopped) return;
        if (page.events.length > 0) await options.onEvents(page.events);
        after = page.next;
        // A long catch-up must not keep the event loop from everything else.
        await (page.atEnd ? source.commits.changed(seen) : turn());
      }
    };
    const done = follow().then(
      () => this.#ended(subscription, options),
      (error: unknown) => this.#ended(subscription, options, asError(error)),
    );
    const subscription: Subscription = {
      stop: () => {
        stopped = true;
        source.commits.raise();
        return done;
      },
    };
    this.#running.add(subscription);
    return subscription;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((subscription) => subscription.stop()));
  }

  #ended(subscription: Subscription, options: SubscribeOptions, error?: Error): void {
    this.#running.delete(subscription);
    options.onStopped?.(error);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('a subscriber rejected without an Error', { cause: error });
