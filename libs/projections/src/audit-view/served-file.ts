import type { Clock, Logger, Timer } from '@claviger/platform';
import type { AuditJournal, EventStore, RecordedEntry } from '@claviger/ports';
import { EventFeed, type OpenDetail } from './event-feed.js';
import { removeFile } from './files.js';
import type { AuditFilter } from './filter.js';
import type { AuditCheckpoint, OpenedEvent } from './fold.js';
import { JournalFeed } from './journal-feed.js';
import { type EraseMessage, type FoldMessage, type FromWorker, packEntries, type SearchMessage } from './messages.js';
import type { Outbox } from './outbox.js';
import { type AuditPage, InvalidCursor } from './query.js';
import type { AuditWorker, SpawnAuditWorker } from './spawn.js';
import { PositionWaiters, type Wait } from './waiters.js';

/** The view cannot answer now; nothing is wrong with the question. */
export class AuditViewUnavailable extends Error {
  override readonly name = 'AuditViewUnavailable';
}

export interface ServedFileOptions {
  readonly journal: AuditJournal;
  readonly events: EventStore;
  readonly openDetail: OpenDetail;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly spawn: SpawnAuditWorker;
  /** Bytes on their way to the worker. */
  readonly mostInFlight: number;
}

/** A page together with how far the view was when it was read. */
export interface Found {
  readonly page: AuditPage;
  readonly checkpoint: AuditCheckpoint;
}

interface Request {
  readonly message: SearchMessage | EraseMessage;
  resolve(found: Found): void;
  reject(error: Error): void;
  /** Workers that died with it. */
  deaths: number;
}

const EMPTY: AuditCheckpoint = { journal: 0, store: 0n };
const NO_PAGE: AuditPage = { items: [], next: null };
const FIRST_DELAY = 50;
const LONGEST_DELAY = 5_000;
const CLOSE_MS = 5_000;
const MOST_DEATHS = 2;

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
  private readonly requests = new Map<number, Request>();
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
  async idle(): Promise<void> {
    while (this.requests.size > 0) {
      await Promise.allSettled([...this.requests.values()].map((request) => settled(request)));
    }
  }

  /** Idempotent. The file is closed, its write-ahead log folded into it. */
  async close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      this.timer?.cancel();
      this.journalFeed.stop();
      this.stopFeeds();
      for (const request of this.requests.values()) request.reject(new AuditViewUnavailable('the audit view is closing'));
      this.requests.clear();
      this.waiters.releaseAll();
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
    return new Promise((resolve, reject) => {
      this.requests.set(message.id, { message, resolve, reject, deaths: 0 });
      if (this.ready) this.worker?.post(message);
    });
  }

  private spawn(): void {
    if (this.closed) return;
    const worker = this.options.spawn(this.path);
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
        return this.settle(message.id, (request) => request.resolve(message));
      case 'erased':
        return this.settle(message.id, (request) => request.resolve({ page: NO_PAGE, checkpoint: this.at }));
      case 'refused':
        return this.settle(message.id, (request) => request.reject(refusal(message.error, message.message)));
      case 'unusable':
        this.discard = true;
        this.options.logger.warn('the file of the audit view is unusable and is filled anew', { reason: message.reason });
        return;
    }
  }

  private settle(id: number, how: (request: Request) => void): void {
    const request = this.requests.get(id);
    if (request === undefined) return;
    this.requests.delete(id);
    how(request);
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
    for (const { message } of this.requests.values()) worker.post(message);
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
    this.options.logger.error('the audit view could not take in records, it tries again', { reason, delayMs: this.delay });
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
    } else {
      this.options.logger.error('the worker of the audit view ended, it starts again', { error, delayMs: this.delay });
      this.onTrouble(error ?? new AuditViewUnavailable('the worker ended'));
      this.firstOutcome();
    }
    for (const [id, request] of this.requests) {
      request.deaths += 1;
      if (request.deaths < MOST_DEATHS) continue;
      this.requests.delete(id);
      request.reject(new AuditViewUnavailable('the audit view could not answer'));
    }
    this.later(() => this.spawn());
  }

  private later(work: () => void): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(this.delay, work);
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }
}

function refusal(name: string, message: string): Error {
  if (name === 'InvalidCursor') return new InvalidCursor(message);
  return name === 'RangeError' ? new RangeError(message) : new AuditViewUnavailable(message);
}

/** Resolves when the request has been answered either way. */
function settled(request: Request): Promise<void> {
  return new Promise((resolve) => {
    const { resolve: answer, reject: refuse } = request;
    request.resolve = (found) => {
      answer(found);
      resolve();
    };
    request.reject = (error) => {
      refuse(error);
      resolve();
    };
  });
}
