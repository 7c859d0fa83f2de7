import type { EventMetadata } from '@claviger/domain';
import type { Clock, Logger, Timer } from '@claviger/platform';
import type { EventRecord, EventStore, Subscription } from '@claviger/ports';
import { isRecord, parseObject } from './bounds.js';
import type { AuditCheckpoint, OpenedEvent } from './fold.js';
import type { Outbox } from './outbox.js';

/**
 * Opens the sealed detail of an event. Resolves to its JSON text, empty when its key was destroyed. MUST reject when it cannot be opened:
 * the feed tries again a few times, then the row says that its detail is unreadable.
 */
export type OpenDetail = (metadata: EventMetadata) => Promise<string>;

export interface EventFeedOptions {
  readonly store: EventStore;
  readonly outbox: Outbox;
  readonly openDetail: OpenDetail;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opening costs the caller's thread: after so many it gets a turn. */
const OPENED_PER_TURN = 32;
const ATTEMPTS = 4;
const FIRST_DELAY = 50;
const LONGEST_DELAY = 5_000;

/** The feeds were reset while a batch was under way; it will be delivered again. */
class Interrupted extends Error {}

const sizeOf = (event: OpenedEvent): number =>
  event.data.length + event.metadata.length + (event.detail ?? '').length + 128;

/** Hands events and their opened details to the worker: one catch-up subscription, one batch at a time, each folded before the next. */
export class EventFeed {
  private run: object | undefined;
  private subscription: Subscription | undefined;
  private retry: Timer | undefined;
  private delay = FIRST_DELAY;
  private after = 0n;
  /** Last position that was delivered by the store. */
  private delivered = 0n;
  private folding: { readonly upTo: bigint; resolve(): void; reject(error: Error): void } | undefined;

  constructor(private readonly options: EventFeedOptions) {}

  get seen(): bigint {
    return this.delivered;
  }

  start(after: bigint): void {
    this.reset();
    this.after = after;
    this.subscribe();
  }

  reset(): void {
    this.run = undefined;
    this.retry?.cancel();
    this.retry = undefined;
    this.folding?.reject(new Interrupted('the feed was reset'));
    this.folding = undefined;
    const { subscription } = this;
    this.subscription = undefined;
    // Its last batch ends by itself: it finds that its run is over.
    subscription?.stop().catch(() => undefined);
  }

  folded({ store }: AuditCheckpoint): void {
    this.after = store;
    this.delay = FIRST_DELAY;
    if (this.folding === undefined || store < this.folding.upTo) return;
    this.folding.resolve();
    this.folding = undefined;
  }

  private subscribe(): void {
    const run = {};
    this.run = run;
    try {
      this.subscription = this.options.store.subscribe({
        after: this.after,
        onEvents: (events) => this.deliver(run, events),
        onStopped: (error) => this.stopped(run, error),
      });
    } catch (error) {
      this.stopped(run, error instanceof Error ? error : new Error(String(error)));
    }
  }

  private stopped(run: object, error: Error | undefined): void {
    if (this.run !== run) return;
    this.subscription = undefined;
    this.options.logger.error('the audit view lost its event subscription, it starts again', {
      error,
      delayMs: this.delay,
    });
    this.retry = this.options.clock.after(this.delay, () => {
      if (this.run === run) this.subscribe();
    });
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }

  private async deliver(run: object, events: readonly EventRecord[]): Promise<void> {
    const { outbox } = this.options;
    const last = events.at(-1);
    if (last === undefined) return;
    if (last.position > this.delivered) this.delivered = last.position;
    await outbox.room();
    let opened: readonly OpenedEvent[];
    let erasures: number;
    do {
      this.check(run);
      erasures = outbox.erasures;
      opened = await this.open(run, events);
    } while (erasures !== outbox.erasures);
    this.check(run);
    const folded = new Promise<void>((resolve, reject) => {
      this.folding = { upTo: last.position, resolve, reject };
    });
    outbox.postEvents(
      opened,
      opened.reduce((sum, event) => sum + sizeOf(event), 0),
    );
    await folded;
  }

  private check(run: object): void {
    if (this.run !== run) throw new Interrupted('the feed was reset');
  }

  private async open(run: object, events: readonly EventRecord[]): Promise<readonly OpenedEvent[]> {
    const opened: OpenedEvent[] = [];
    let sinceTurn = 0;
    for (const { stream, revision, position, type, data, metadata, damaged } of events) {
      let detail: string | null = '';
      // A look at the text first: most events without detail need not be parsed here.
      if (metadata.includes('"detail":')) {
        detail = await this.detailOf(run, metadata);
        sinceTurn += 1;
        if (sinceTurn % OPENED_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      opened.push({ stream, revision, position, type, data, metadata, detail, ...(damaged === true && { damaged }) });
    }
    return opened;
  }

  private async detailOf(run: object, text: string): Promise<string | null> {
    const metadata = parseObject(text);
    if (!isEventMetadata(metadata)) return '';
    const { clock, logger, openDetail } = this.options;
    for (let attempt = 1; ; attempt += 1) {
      this.check(run);
      try {
        return await openDetail(metadata);
      } catch (error) {
        if (attempt === ATTEMPTS) {
          logger.error('the detail of an event cannot be opened, its audit row goes without', {
            error,
            requestId: metadata.requestId,
          });
          return null;
        }
        await new Promise<void>((resolve) => {
          clock.after(FIRST_DELAY * 4 ** (attempt - 1), resolve);
        });
      }
    }
  }
}

/** Enough of the metadata to open its detail; events that do not verify may hold anything. */
function isEventMetadata(
  value: Readonly<Record<string, unknown>> | undefined,
): value is Readonly<Record<string, unknown>> & EventMetadata {
  if (!isRecord(value)) return false;
  return ['detail', 'account', 'occurredAt', 'requestId'].every((name) => typeof value[name] === 'string');
}
