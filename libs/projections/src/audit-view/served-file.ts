import type { Clock, Logger, Timer } from '@claviger/platform';
import type { EventStore, RecordedEntry } from '@claviger/ports';
import type { ReadJournal } from '../read-journal.js';
import { EventFeed, type OpenDetail } from './event-feed.js';
import { removeFile } from './files.js';
import type { AuditFilter } from './filter.js';
import type { AuditCheckpoint, OpenedEvent } from './fold.js';
import { JournalFeed } from './journal-feed.js';
import { type EraseMessage, type FoldMessage, type FromWorker, packEntries, type SearchMessage } from './messages.js';
import type { Outbox } from './outbox.js';
import type { AuditPage } from './query.js';
import { AuditViewUnavailable, type Found, Requests } from './requests.js';
import type { AuditWorker, SpawnAuditWorker } from './spawn.js';
import { PositionWaiters, type Wait } from './waiters.js';

export interface ServedFileOptions {
  readonly journal: ReadJournal;
  readonly events: EventStore;
  readonly openDetail: OpenDetail;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly spawn: SpawnAuditWorker;
  /** Bytes on their way to the worker. */
  readonly mostInFlight: number;
}

const EMPTY: AuditCheckpoint = { journal: 0, store: 0n };
const NO_PAGE: AuditPage = { items: [], next: null };
const FIRST_DELAY = 50;
const LONGEST_DELAY = 5_000;
const CLOSE_MS = 5_000;

/** One file of the view, its worker and its feeds. A worker that dies is replaced; the feeds go on where its file stands. */
export class ServedFile implements Outbox {
  private worker: AuditWorker | undefined;
  private ready = false;
  private closed = false;
  private discard = false;
  private epoch = 0;
  private delay = FIRST_DELAY;
  private timer: Timer | undefined;
  private lastId = 0;
  private readonly requests = new Requests();
  private readonly waiters = new PositionWaiters();
  private waitingForRoom: (() => void)[] = [];
  private readonly ended: (() => void)[] = [];
  private firstOutcome: () => void = () => undefined;
  private readonly journalFeed: JournalFeed;
  private readonly eventFeed: EventFeed;
  private at = EMPTY;
  inFlight = 0;
  erasures = 0;
  /** Told of everything that goes wrong with this file, besides the log. */
  onTrouble: (error: Error) => void = () => undefined;
  onProgress: (checkpoint: AuditCheckpoint) => void = () => undefined;

  constructor(
    readonly path: string,
    private readonly options: ServedFileOptions,
  ) {
    const { journal, events, openDetail, clock, logger, mostInFlight } = options;
    this.journalFeed = new JournalFeed({ journal, outbox: this, clock, logger, mostInFlight });
    this.eventFeed = new EventFeed({ store: events, outbox: this, openDetail, clock, logger });
  }

  get checkpoint(): AuditCheckpoint {
    return this.at;
  }

  /** Last store position handed over by the store. */
  get eventsSeen(): bigint {
    return this.eventFeed.seen;
  }

  /** Resolves when the file is open and fed, or the first attempt failed: it goes on trying. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.firstOutcome = resolve;
      this.spawn();
    });
  }

  reached(target: AuditCheckpoint): Wait {
    this.journalFeed.flush();
    return this.waiters.until(target, this.at);
  }

  search(filter: AuditFilter, cursor: string | undefined, limit: number): Promise<Found> {
    return this.ask({ kind: 'search', id: (this.lastId += 1), filter, cursor, limit });
  }

  /** Resolves when the personal part of the rows is gone from the file. */
  async erase(account: string, month: string): Promise<void> {
    // What waits here is posted first: the erasure must reach it. What is being read is read again.
    this.journalFeed.flush();
    this.erasures += 1;
    await this.ask({ kind: 'erase', id: (this.lastId += 1), account, month });
  }

  /** Resolves when no question is open. */
  idle(): Promise<void> {
    return this.requests.settled();
  }

  /** Idempotent. The file is closed, its write-ahead log folded into it. */
  async close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      this.timer?.cancel();
      this.journalFeed.stop();
      this.stopFeeds();
      this.requests.refuseAll('the audit view is closing');
      this.waiters.releaseAll();
      this.firstOutcome();
      this.worker?.post({ kind: 'close' });
    }
    const { worker } = this;
    if (worker === undefined) return;
    const kill = this.options.clock.after(CLOSE_MS, () => worker.kill());
    await new Promise<void>((resolve) => this.ended.push(resolve));
    kill.cancel();
  }

  postEntries(entries: readonly RecordedEntry[], size: number): void {
    this.fold({ kind: 'entries', epoch: this.epoch, size, entries: packEntries(entries) });
  }

  postEvents(events: readonly OpenedEvent[], size: number): void {
    this.fold({ kind: 'events', epoch: this.epoch, size, events });
  }

  room(): Promise<void> {
    if (this.inFlight <= this.options.mostInFlight / 2) return Promise.resolve();
    return new Promise((resolve) => this.waitingForRoom.push(resolve));
  }

  private fold(message: FoldMessage): void {
    if (this.worker === undefined || !this.ready) return;
    this.inFlight += message.size;
    this.worker.post(message);
  }

  private ask(message: SearchMessage | EraseMessage): Promise<Found> {
    if (this.closed) return Promise.reject(new AuditViewUnavailable('the audit view is closed'));
    const answer = this.requests.add(message);
    if (this.ready) this.worker?.post(message);
    return answer;
  }

  private spawn(): void {
    if (this.closed) return;
    let worker: AuditWorker;
    try {
      worker = this.options.spawn(this.path);
    } catch (error) {
      return this.exited(error instanceof Error ? error : new Error(String(error)));
    }
    this.worker = worker;
    worker.onMessage((message) => {
      if (this.worker === worker) this.receive(message);
    });
    worker.onExit((error) => {
      if (this.worker === worker) this.exited(error);
    });
  }

  private receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        void this.opened(message.checkpoint);
        return;
      case 'folded':
        if (message.epoch === this.epoch) this.folded(message.checkpoint, message.size);
        return;
      case 'foldFailed':
        if (message.epoch === this.epoch) this.foldFailed(message.reason);
        return;
      case 'found':
        return this.requests.answer(message.id, message);
      case 'erased':
        return this.requests.answer(message.id, { page: NO_PAGE, checkpoint: this.at });
      case 'refused':
        return this.requests.refuse(message.id, message.error, message.message);
      case 'unusable':
        this.discard = true;
        this.options.logger.warn('the file of the audit view is unusable and is filled anew', {
          reason: message.reason,
        });
        return;
    }
  }

  private async opened(checkpoint: AuditCheckpoint): Promise<void> {
    const { worker, options } = this;
    let head: bigint | undefined;
    try {
      head = await options.events.head();
    } catch (error) {
      // The subscription says the same and goes on trying; whether the file is of this store is asked at the next start.
      options.logger.warn('the audit view could not ask the event store for its head', { error });
    }
    if (this.closed || worker === undefined || this.worker !== worker) return;
    if (checkpoint.journal > options.journal.head() || (head !== undefined && checkpoint.store > head)) {
      this.discard = true;
      options.logger.warn('the audit view is ahead of the records and is filled anew', {
        journal: checkpoint.journal,
        store: checkpoint.store.toString(),
      });
      worker.post({ kind: 'close' });
      return;
    }
    this.ready = true;
    this.at = checkpoint;
    this.onProgress(checkpoint);
    for (const message of this.requests.messages) worker.post(message);
    this.startFeeds();
    this.waiters.wake(checkpoint);
    this.firstOutcome();
  }

  private startFeeds(): void {
    if (this.closed || !this.ready) return;
    this.journalFeed.start(this.at.journal);
    this.eventFeed.start(this.at.store);
  }

  /** What is on its way to the worker no longer counts. */
  private stopFeeds(): void {
    this.epoch += 1;
    this.inFlight = 0;
    this.journalFeed.reset();
    this.eventFeed.reset();
    this.releaseRoom();
  }

  private releaseRoom(): void {
    const waiting = this.waitingForRoom;
    this.waitingForRoom = [];
    for (const resolve of waiting) resolve();
  }

  private folded(checkpoint: AuditCheckpoint, size: number): void {
    this.at = checkpoint;
    this.inFlight -= size;
    this.delay = FIRST_DELAY;
    this.eventFeed.folded(checkpoint);
    this.waiters.wake(checkpoint);
    this.onProgress(checkpoint);
    if (this.inFlight <= this.options.mostInFlight / 2) this.releaseRoom();
  }

  private foldFailed(reason: string): void {
    this.options.logger.error('the audit view could not take in records, it tries again', {
      reason,
      delayMs: this.delay,
    });
    this.onTrouble(new AuditViewUnavailable(reason));
    this.stopFeeds();
    this.later(() => this.startFeeds());
  }

  private exited(error: Error | undefined): void {
    this.worker = undefined;
    this.ready = false;
    if (this.closed) {
      for (const resolve of this.ended) resolve();
      return;
    }
    this.stopFeeds();
    this.at = EMPTY;
    if (this.discard) {
      this.discard = false;
      removeFile(this.path);
      // At once, unless it happens again and again.
      if (this.delay === FIRST_DELAY) {
        this.delay *= 2;
        return this.spawn();
      }
    } else {
      this.options.logger.error('the worker of the audit view ended, it starts again', { error, delayMs: this.delay });
      this.onTrouble(error ?? new AuditViewUnavailable('the worker ended'));
      this.firstOutcome();
      this.requests.workerDied();
    }
    this.later(() => this.spawn());
  }

  private later(work: () => void): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(this.delay, work);
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }
}
