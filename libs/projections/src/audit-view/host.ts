import type { Clock, Logger } from '@claviger/platform';
import type { EventStore } from '@claviger/ports';
import type { ReadJournal } from '../read-journal.js';
import type { OpenDetail } from './event-feed.js';
import { AuditFiles, removeFile } from './files.js';
import type { AuditFilter } from './filter.js';
import type { AuditCheckpoint } from './fold.js';
import type { AuditRow } from './row.js';
import { AuditViewUnavailable } from './requests.js';
import { ServedFile, type ServedFileOptions } from './served-file.js';
import { defaultWorker, type SpawnAuditWorker } from './spawn.js';

export interface AuditViewOptions {
  /** The SQLite file, ending in `.db`; its folder must be there. */
  readonly path: string;
  readonly journal: ReadJournal;
  /**
   * Sequence up to which `journal` then holds everything that was recorded anywhere before the call. Its head when absent, which suits
   * the journal of the only node.
   */
  readonly journalBarrier?: () => Promise<number>;
  /** Authenticated: flags damaged events. */
  readonly events: EventStore;
  readonly openDetail: OpenDetail;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How the worker is made; the thread of this build when absent. */
  readonly spawn?: SpawnAuditWorker;
  /** Bytes on their way to the worker at most, about; 64 MiB when absent. */
  readonly mostInFlight?: number;
}

export interface SearchOptions {
  /** The view answers when it has come so far; the heads of journal and store as of the call when absent. */
  readonly waitFor?: AuditCheckpoint;
  /** How long it waits for that before it answers with what it has; 2,000 when absent. */
  readonly timeoutMs?: number;
}

export interface AuditSearchResult {
  readonly items: readonly AuditRow[];
  /** Cursor of the next page; null when this was the last one. */
  readonly next: string | null;
  /** False when the view had not come as far as it was asked to. */
  readonly complete: boolean;
  /** How much is missing where it is not complete: entries of the journal, and distance in positions of the store. */
  readonly behind?: { readonly journal: number; readonly store: bigint };
}

/** How far a rebuild is, and how far it has to come. */
export interface RebuildProgress {
  readonly done: AuditCheckpoint;
  readonly of: AuditCheckpoint;
}

const WAIT_MS = 2_000;
const ANSWER_MS = 30_000;
/** Posting a live entry costs a tenth of reading it back: peaks of some seconds should fit. */
const MOST_IN_FLIGHT = 64 * 1024 * 1024;

/**
 * The audit view: journal entries and events in one searchable file, folded and searched in a worker thread. It is derived; it can be
 * rebuilt from zero while the old file serves. Only here do addresses, names, reasons and contexts lie in clear.
 */
export class AuditView {
  private readonly files: AuditFiles;
  private readonly fileOptions: ServedFileOptions;
  private serving: ServedFile;
  private building: ServedFile | undefined;
  private rebuilding: Promise<void> | undefined;
  private head = 0n;
  private closed = false;
  /** Swapping files and erasing in them exclude each other. */
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(private readonly options: AuditViewOptions) {
    const { spawn = defaultWorker, mostInFlight = MOST_IN_FLIGHT } = options;
    this.fileOptions = { ...options, spawn, mostInFlight };
    this.files = new AuditFiles(options.path);
    this.serving = new ServedFile(this.files.current(), this.fileOptions);
  }

  static open(options: AuditViewOptions): AuditView {
    return new AuditView(options);
  }

  /** Resolves when the view is fed; it may then still have to catch up. */
  async start(): Promise<void> {
    await this.serving.start();
    this.head = await this.options.events.head();
  }

  /**
   * Records that match, a page at a time.
   *
   * @param limit 1 to 1,000
   * @throws InvalidCursor, RangeError (limit), AuditViewUnavailable
   */
  async search(
    filter: AuditFilter,
    cursor: string | undefined,
    limit: number,
    { waitFor, timeoutMs = WAIT_MS }: SearchOptions = {},
  ): Promise<AuditSearchResult> {
    const target = await this.arrive(waitFor, timeoutMs);
    const { page, checkpoint } = await this.within(ANSWER_MS, this.serving.search(filter, cursor, limit), () => {
      throw new AuditViewUnavailable('the audit view did not answer in time');
    });
    // Where not even the store's head could be learned in time, nobody can say that nothing is missing.
    const known = target ?? { journal: this.options.journal.head(), store: this.head };
    const behind = {
      journal: Math.max(0, known.journal - checkpoint.journal),
      store: known.store > checkpoint.store ? known.store - checkpoint.store : 0n,
    };
    const complete = target !== undefined && behind.journal === 0 && behind.store === 0n;
    return complete ? { ...page, complete } : { ...page, complete, behind };
  }

  /** Journal entries, and distance in store positions as far as known, that the view has not taken in yet. */
  backlog(): { readonly journal: number; readonly events: number } {
    const { checkpoint, eventsSeen } = this.serving;
    const head = eventsSeen > this.head ? eventsSeen : this.head;
    const events = head > checkpoint.store ? Number(head - checkpoint.store) : 0;
    return { journal: Math.max(0, this.options.journal.head() - checkpoint.journal), events };
  }

  /**
   * Fills a new file from zero and puts it in the place of the old one, which serves until then. Calls while one runs share it.
   *
   * @throws AuditViewUnavailable when it could not be filled; the old file goes on serving
   */
  rebuild(onProgress: (progress: RebuildProgress) => void = () => undefined): Promise<void> {
    if (this.closed) return Promise.reject(new AuditViewUnavailable('the audit view is closed'));
    this.rebuilding ??= this.runRebuild(onProgress).finally(() => {
      this.rebuilding = undefined;
    });
    return this.rebuilding;
  }

  /**
   * Erases the personal part of one account's rows of one month (`2026-11`, UTC) from the file, for good. To be called when the key of
   * the details has been destroyed: what is taken in afterwards comes without them. Idempotent.
   *
   * @throws RangeError, AuditViewUnavailable
   */
  eraseDetail(account: string, month: string): Promise<void> {
    return this.exclusively(async () => {
      const files = this.building === undefined ? [this.serving] : [this.serving, this.building];
      await Promise.all(files.map((file) => file.erase(account, month)));
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    await this.building?.close();
    await this.rebuilding?.catch(() => undefined);
    await this.serving.close();
  }

  /** Waits until the view has come to `waitFor`, or the time is up. @returns what it waited for; undefined when that could not be learned */
  private async arrive(waitFor: AuditCheckpoint | undefined, timeoutMs: number): Promise<AuditCheckpoint | undefined> {
    let target = waitFor;
    let inTime = true;
    let cancel = (): void => undefined;
    const reach = async (): Promise<void> => {
      target ??= await this.heads();
      for (let serving; inTime && serving !== this.serving; ) {
        serving = this.serving;
        const wait = serving.reached(target);
        cancel = () => wait.cancel();
        await wait.done;
      }
    };
    // A store that does not tell its head: the answer is what there is, and says that it may not be all.
    await this.within(
      timeoutMs,
      reach().catch(() => undefined),
      () => undefined,
    );
    inTime = false;
    cancel();
    return target;
  }

  private async runRebuild(onProgress: (progress: RebuildProgress) => void): Promise<void> {
    const path = this.files.next();
    const building = new ServedFile(path, this.fileOptions);
    try {
      await this.fill(building, onProgress);
      await this.exclusively(() => this.swap(building));
    } catch (error) {
      await building.close();
      removeFile(path);
      throw error;
    } finally {
      this.building = undefined;
    }
  }

  private async fill(building: ServedFile, onProgress: (progress: RebuildProgress) => void): Promise<void> {
    const of = await this.heads();
    const trouble = new Promise<never>((_, reject) => {
      building.onTrouble = reject;
    });
    building.onProgress = (done) => onProgress({ done, of });
    this.building = building;
    await Promise.race([building.start(), trouble]);
    await Promise.race([building.reached(of).done, trouble]);
    building.onTrouble = () => undefined;
    this.mustBeOpen();
  }

  private async swap(building: ServedFile): Promise<void> {
    await building.close();
    this.mustBeOpen();
    const next = new ServedFile(this.files.complete(), this.fileOptions);
    this.building = next;
    const old = this.serving;
    await next.start();
    // Not a step back: what the old file could answer, the new one can.
    await next.reached(old.checkpoint).done;
    this.mustBeOpen();
    this.serving = next;
    this.building = undefined;
    await this.within(ANSWER_MS, old.idle(), () => undefined);
    await old.close();
    removeFile(old.path);
    this.options.logger.info('the audit view was rebuilt');
  }

  private mustBeOpen(): void {
    if (this.closed) throw new AuditViewUnavailable('the audit view is closed');
  }

  private async heads(): Promise<AuditCheckpoint> {
    const { journal: own, journalBarrier, events } = this.options;
    const barrier = journalBarrier?.() ?? Promise.resolve(own.head());
    const [journal, store] = await Promise.all([barrier, events.head()]);
    this.head = store;
    return { journal, store };
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** `work`, or what `late` says when it takes longer. */
  private async within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
    let timer: { cancel(): void } | undefined;
    const tooLate = new Promise<T>((resolve, reject) => {
      timer = this.options.clock.after(ms, () => {
        try {
          resolve(late());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    try {
      return await Promise.race([work, tooLate]);
    } finally {
      timer?.cancel();
    }
  }
}
