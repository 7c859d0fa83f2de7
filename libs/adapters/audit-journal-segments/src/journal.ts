import {
  type ChainPlace,
  DetailKeyDesk,
  entryCost,
  entryRefusal,
  GROUP_OVERHEAD,
  GroupBuilder,
  GroupedAuditJournal,
  isMonth,
  type JournalEntry,
  type JournalKeys,
  journalKeys,
  type JournalPiece,
  JournalUnavailable,
  type RecordedEntry,
  SEGMENT_HEADER_LENGTH,
  type SegmentReason,
  type Waiting,
  WaitingRoom,
  type WrittenGroup,
} from '@claviger/ports';
import type { Timer } from '@claviger/platform';
import { Catalogue } from './catalogue.js';
import { copySegments } from './copy.js';
import { type Settings, type SegmentsJournalOptions, settingsOf, type SpaceLevel } from './options.js';
import { asError, SegmentPreparation } from './preparation.js';
import { SegmentReader } from './reader.js';
import { recover, type Recovered } from './recover.js';
import type { ActiveSegment } from './segment.js';
import { SegmentIndex } from './segment-index.js';
import { SpaceWatch } from './space-watch.js';
import { Upkeep } from './upkeep.js';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

/** For readiness and metrics. */
export interface JournalStatus {
  readonly writable: boolean;
  readonly space: SpaceLevel;
  readonly freeBytes: number;
  /** Calls that wait for the disk. */
  readonly waiting: number;
  readonly segment: number | undefined;
}

/**
 * The audit journal in pre-zeroed, append-only segment files of one folder, one process at a time (the data folder's lock sees to it).
 *
 * Group commit without a timer: while one flush is under way the next group gathers; a flush is one write and one fdatasync. A failed
 * flush kills its segment: the calls in it fail, and the next segment's header says after which record the killed one is void. So a
 * record whose call failed is never read later, even if its bytes did reach the disk, and sequences have no gap. Only if the process
 * ends before that header is durable can such records become part of the journal when it is opened again: as records of failed calls.
 */
export class SegmentsAuditJournal extends GroupedAuditJournal {
  readonly #settings: Settings;
  readonly #keys: JournalKeys;
  override readonly journalId: Uint8Array;
  readonly #catalogue: Catalogue;
  readonly #room: WaitingRoom;
  readonly #desk: DetailKeyDesk;
  readonly #builder: GroupBuilder;
  readonly #preparation: SegmentPreparation;
  readonly #reader: SegmentReader;
  readonly #upkeep: Upkeep;
  readonly #space: SpaceWatch;
  #listeners: readonly ((entries: readonly RecordedEntry[]) => void)[] = [];
  /** After the last durable record. */
  #place: ChainPlace;
  #flushing = false;
  #scheduled = false;
  #opening: Promise<void> | undefined;
  /** Why there is no segment to write to. */
  #broken: Error | undefined;
  /** Failures since the last durable group. */
  #failures = 0;
  #retry: Timer | undefined;
  #closing: Promise<void> | undefined;

  /** @throws JournalDamaged, RangeError for settings, the system's error when the folder cannot be read */
  static async open(options: SegmentsJournalOptions): Promise<SegmentsAuditJournal> {
    const settings = settingsOf(options);
    await settings.files.ensureFolder(settings.folder);
    const keys = journalKeys(options.journalKey);
    const recovered = await recover(settings.files, settings.folder, keys);
    const journal = new SegmentsAuditJournal(options, settings, keys, recovered);
    await journal.#begin(recovered);
    return journal;
  }

  private constructor(options: SegmentsJournalOptions, settings: Settings, keys: JournalKeys, recovered: Recovered) {
    super();
    const { files, folder, limits, clock } = settings;
    const id = recovered.journalId ?? Uint8Array.from(options.random(16));
    this.#settings = settings;
    this.#keys = keys;
    this.journalId = id;
    this.#place = recovered.place;
    this.#catalogue = new Catalogue(recovered.closed, recovered.active);
    this.#room = new WaitingRoom(limits, clock);
    this.#desk = new DetailKeyDesk(options.detailKeys, this.#room);
    this.#builder = new GroupBuilder(keys, id, options.random, Math.min(settings.segmentBytes, settings.groupBytes));
    this.#preparation = new SegmentPreparation(settings, keys);
    this.#reader = new SegmentReader(files, folder, this.#catalogue, id, options.detailKeys);
    this.#upkeep = new Upkeep(settings, keys, this.#catalogue, this.#reader);
    this.#space = new SpaceWatch(settings);
  }

  override append(entry: JournalEntry): Promise<number> {
    const cost = entryCost(entry);
    const refusal = this.#refusal(entry, cost);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const waiting = this.#room.admit(entry, cost, resolve, reject);
      if (entry.detail === '') this.#enqueue(waiting, undefined);
      else {
        const key = this.#desk.atHand(entry);
        if (key !== undefined) this.#enqueue(waiting, key);
        else void this.#fetchKey(waiting);
      }
    });
  }

  override head(): number {
    return this.#place.next - 1;
  }

  override async link(sequence: number): Promise<string | undefined> {
    const { next, link } = this.#place;
    if (sequence === next - 1) return Buffer.from(link).toString('hex');
    if (sequence < 0 || sequence >= next) return undefined;
    const found = await this.#reader.link(sequence);
    return found && Buffer.from(found).toString('hex');
  }

  override read(after: number, maxCount: number): Promise<readonly RecordedEntry[]> {
    return this.#reader.read(after, maxCount, this.head());
  }

  override groups(after: number, maxCount: number, maxBytes: number): Promise<readonly WrittenGroup[]> {
    return this.#reader.groups(after, { maxCount, maxBytes, head: this.head() });
  }

  override onDurable(listener: (entries: readonly RecordedEntry[]) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  override writable(): boolean {
    return this.#closing === undefined && this.#broken === undefined;
  }

  override async eraseDetail(account: string, month: string): Promise<void> {
    if (!isMonth(month)) throw new RangeError(`a month is written like 2026-11, found "${month}"`);
    await this.#desk.erase(account, month);
  }

  status(): JournalStatus {
    return {
      writable: this.writable(),
      space: this.#space.level,
      freeBytes: this.#space.freeBytes,
      waiting: this.#room.calls,
      segment: this.#catalogue.active?.number,
    };
  }

  /** As `CopyJournal` says. */
  copy(): AsyncIterable<JournalPiece> {
    return copySegments(this.#settings.files, this.#settings.folder, this.#catalogue);
  }

  /** Resolves when no closed segment waits to be compressed or removed. */
  upkeepIdle(): Promise<void> {
    return this.#upkeep.idle();
  }

  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #begin(recovered: Recovered): Promise<void> {
    if (recovered.voided !== undefined) {
      this.#settings.notice({ kind: 'tail-voided', ...recovered.voided, afterSequence: this.head() });
    }
    await this.#space.look();
    this.#space.start();
    if (recovered.active === undefined) await this.#openNext(recovered.reason);
    else {
      this.#prepareAhead(recovered.active);
      this.#upkeep.wake();
    }
  }

  #refusal(entry: JournalEntry, cost: number): Error | undefined {
    if (this.#closing !== undefined) return new JournalUnavailable('the audit journal is closed');
    if (this.#broken !== undefined && this.#opening === undefined) return unavailable(this.#broken);
    const { segmentBytes, groupBytes } = this.#settings;
    const most = Math.min(groupBytes, segmentBytes - SEGMENT_HEADER_LENGTH) - GROUP_OVERHEAD;
    return entryRefusal(entry, cost, most) ?? this.#room.refusal(cost);
  }

  async #fetchKey(waiting: Waiting): Promise<void> {
    this.#room.holdForKey(waiting);
    try {
      this.#enqueue(waiting, await this.#desk.fetch(waiting.entry));
    } catch (error) {
      this.#room.fail(waiting, new JournalUnavailable('no key for the detail of the audit entry', { cause: error }));
    }
  }

  #enqueue(waiting: Waiting, key: Waiting['detailKey']): void {
    if (!this.#room.enqueue(waiting, key) || this.#scheduled || this.#flushing) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    const segment = this.#catalogue.active;
    if (this.#flushing || this.#room.queued === 0 || segment === undefined) return;
    // 1. The group: all that wait and fit.
    const fits = Math.min(this.#settings.groupBytes, segment.capacity - segment.offset) - GROUP_OVERHEAD;
    if (this.#room.nextCost() > fits) {
      this.#retire(segment);
      this.#startOpening('full');
      return;
    }
    const flight = this.#room.board(fits);
    // 2. One write, one fdatasync.
    this.#flushing = true;
    try {
      const { bytes, link, recorded } = this.#builder.build(flight, this.#place.next, this.#place.link);
      segment.file.writeSync(bytes, segment.offset);
      const end = segment.offset + bytes.length;
      segment.file.datasync((error) => {
        if (error === null) this.#durable(segment, end, link, recorded);
        else this.#failed(segment, error);
      });
    } catch (error) {
      this.#failed(segment, asError(error));
    }
  };

  #durable(segment: ActiveSegment, end: number, link: Uint8Array, recorded: readonly RecordedEntry[]): void {
    const first = this.#place.next;
    segment.index.add(first, segment.offset);
    segment.offset = end;
    this.#place = { next: first + recorded.length, link };
    this.#failures = 0;
    this.#flushing = false;
    for (const listener of this.#listeners) {
      try {
        listener(recorded);
      } catch (error) {
        this.#settings.notice({ kind: 'listener-failed', error });
      }
    }
    // 3. Only now are the callers answered.
    this.#room.landed(first);
    this.#prepareAhead(segment);
    this.#flush();
  }

  /** The segment is killed: what this flush wrote is void, whether it reached the disk or not. */
  #failed(segment: ActiveSegment, error: Error): void {
    this.#flushing = false;
    this.#broken = error;
    this.#retire(segment);
    const calls = this.#room.lost(unavailable(error));
    this.#settings.notice({ kind: 'segment-failed', segment: segment.number, calls, error });
    // At once the first time; slower when the new segment could not take a group either.
    if (this.#failures++ === 0) this.#startOpening('failed');
    else this.#wait('failed', error);
  }

  #retire(segment: ActiveSegment): void {
    const { number, firstSequence, index, file } = segment;
    this.#catalogue.add({ number, firstSequence, index, compressed: false, lastSequence: this.head() });
    this.#catalogue.active = undefined;
    file.close().catch(() => undefined); // everything that counts is synced
  }

  #startOpening(reason: SegmentReason): void {
    this.#opening = this.#openNext(reason).finally(() => {
      this.#opening = undefined;
    });
  }

  async #openNext(reason: SegmentReason): Promise<void> {
    const { segmentBytes, clock, notice } = this.#settings;
    const number = (this.#catalogue.closed.at(-1)?.number ?? 0) + 1;
    const firstSequence = this.#place.next;
    try {
      const header = { number, firstSequence, reason, openedAt: clock.now() };
      const file = await this.#preparation.take({
        ...header,
        journalId: this.journalId,
        previousLink: this.#place.link,
      });
      const index = new SegmentIndex();
      this.#catalogue.active = {
        number,
        firstSequence,
        file,
        index,
        capacity: segmentBytes,
        offset: SEGMENT_HEADER_LENGTH,
      };
      this.#broken = undefined;
      notice({ kind: 'segment-opened', segment: number, firstSequence, reason });
      this.#upkeep.wake();
      void this.#space.look();
      this.#flush();
    } catch (error) {
      this.#failures++;
      this.#wait(reason, asError(error));
    }
  }

  /** Nothing can be written: fail what waits, and try again later. */
  #wait(reason: SegmentReason, error: Error): void {
    this.#broken = error;
    this.#room.clear(unavailable(error));
    void this.#space.look();
    if (this.#closing !== undefined) return;
    const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, this.#failures - 1));
    this.#settings.notice({ kind: 'unwritable', error, nextAttemptMs: delay });
    this.#retry = this.#settings.clock.after(delay, () => this.#startOpening(reason));
  }

  #prepareAhead(segment: ActiveSegment): void {
    if (2 * segment.offset > segment.capacity) this.#preparation.start();
  }

  async #close(): Promise<void> {
    await Promise.resolve(); // so that #closing is set: no append from here on
    this.#retry?.cancel();
    await this.#opening;
    if (this.#broken !== undefined) this.#room.clear(unavailable(this.#broken));
    await this.#room.empty();
    while (this.#flushing) await new Promise((resolve) => setImmediate(resolve));
    await this.#opening;
    this.#room.stop();
    this.#space.stop();
    this.#retry?.cancel();
    await this.#upkeep.close();
    await this.#preparation.close();
    await this.#catalogue.active?.file.close();
    this.#keys.wipe();
  }
}

function unavailable(cause: Error): JournalUnavailable {
  return new JournalUnavailable('the audit journal could not be written', { cause });
}
