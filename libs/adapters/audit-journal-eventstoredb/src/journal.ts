import { constantTimeEqual, FRAME_HEADER_LENGTH } from '@claviger/crypto';
import type { Timer } from '@claviger/platform';
import {
  AuditJournal,
  type ChainPlace,
  DetailKeyDesk,
  entryCost,
  entryRefusal,
  GROUP_OVERHEAD,
  GroupBuilder,
  groupEvent,
  type GroupInStream,
  isMonth,
  JournalDamaged,
  type JournalEntry,
  type JournalKeys,
  journalKeys,
  JournalUnavailable,
  MAX_GROUP_BYTES,
  NO_STREAM,
  readGroup,
  type RecordedEntry,
  type Waiting,
  WaitingRoom,
  WrongExpectedRevision,
} from '@claviger/ports';
import { GroupFinder } from './group-finder.js';
import { DEFAULT_LIMITS, type EventStoreJournalOptions, type JournalNotice } from './options.js';
import { findTail, placeAfter, streamOf, type Tail } from './tail.js';

const FITS = MAX_GROUP_BYTES - GROUP_OVERHEAD;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1000;
const GROUPS_PER_READ = 4;

/**
 * The audit journal in a stream of the event store, `audit-journal-<node>`: each group is one event, each call waits for its own.
 *
 * Group commit: while one append is under way the next group gathers. When the outcome of an append is not known its calls fail, and
 * nothing is written until a look at the stream has told what stands there. A group that was stored after all is then part of the journal,
 * as records of failed calls; so the chain and the sequences have no gap, and one that arrives late still finds its place or is refused.
 */
export class EventStoreAuditJournal extends AuditJournal {
  readonly #stream: string;
  readonly #finder: GroupFinder;
  readonly #keys: JournalKeys;
  readonly #journalId: Uint8Array;
  readonly #room: WaitingRoom;
  readonly #desk: DetailKeyDesk;
  readonly #builder: GroupBuilder;
  #listeners: readonly ((entries: readonly RecordedEntry[]) => void)[] = [];
  #place: ChainPlace;
  /** Of the next group's event. */
  #revision: number;
  #scheduled = false;
  #flushing: Promise<void> | undefined;
  /** Why nothing can be written now. */
  #broken: Error | undefined;
  #retry: Timer | undefined;
  #looking: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws JournalDamaged, EventStoreUnavailable; RangeError for a bad node name */
  static async open(options: EventStoreJournalOptions): Promise<EventStoreAuditJournal> {
    const stream = streamOf(options.node);
    const finder = new GroupFinder(options.store, stream);
    const keys = journalKeys(options.journalKey);
    return new EventStoreAuditJournal(options, stream, finder, keys, await findTail(finder, keys));
  }

  private constructor(
    private readonly options: EventStoreJournalOptions,
    stream: string,
    finder: GroupFinder,
    keys: JournalKeys,
    tail: Tail,
  ) {
    super();
    this.#stream = stream;
    this.#finder = finder;
    this.#keys = keys;
    this.#journalId = tail.journalId ?? Uint8Array.from(options.random(16));
    this.#place = tail.place;
    this.#revision = tail.revision;
    this.#room = new WaitingRoom({ ...DEFAULT_LIMITS, ...options.limits }, options.clock);
    this.#desk = new DetailKeyDesk(options.detailKeys, this.#room);
    this.#builder = new GroupBuilder(keys, this.#journalId, options.random, MAX_GROUP_BYTES);
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
    if (sequence === 0) return '00'.repeat(link.length);
    if (sequence < 0 || sequence >= next) return undefined;
    const stored = await this.#finder.at(await this.#finder.revisionOf(sequence, this.#revision));
    return stored?.group.entryRecords.find((record) => record.sequence === sequence)?.link.toString('hex');
  }

  override async read(after: number, maxCount: number): Promise<readonly RecordedEntry[]> {
    const head = this.head();
    const entries: RecordedEntry[] = [];
    if (after >= head || maxCount < 1) return entries;
    let revision = await this.#finder.revisionOf(Math.max(1, after + 1), this.#revision);
    while (entries.length < maxCount) {
      const groups = await this.#finder.from(revision, GROUPS_PER_READ);
      for (const stored of groups) {
        // What was stored while this read ran may not have been announced yet.
        if (stored.group.firstSequence > head) return entries.slice(0, maxCount);
        entries.push(...(await this.#open(stored, after)));
      }
      if (groups.length < GROUPS_PER_READ) break;
      revision += groups.length;
    }
    return entries.slice(0, maxCount);
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

  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #refusal(entry: JournalEntry, cost: number): Error | undefined {
    if (this.#closing !== undefined) return new JournalUnavailable('the audit journal is closed');
    if (this.#broken !== undefined) return unavailable(this.#broken);
    return entryRefusal(entry, cost, FITS) ?? this.#room.refusal(cost);
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
    if (!this.#room.enqueue(waiting, key)) return;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#flushing !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#flushing !== undefined || this.#room.queued === 0 || this.#broken !== undefined) return;
      this.#flushing = this.#flush().finally(() => {
        this.#flushing = undefined;
        if (this.#room.queued > 0) this.#schedule();
      });
    });
  }

  async #flush(): Promise<void> {
    const flight = this.#room.board(FITS);
    try {
      await this.#store(flight);
    } catch (error) {
      const cause = asError(error);
      const calls = this.#room.lost(unavailable(cause));
      this.#notice({ kind: 'group-failed', calls, error: cause });
      this.#break(cause, FIRST_RETRY_MS);
    }
  }

  async #store(flight: readonly Waiting[]): Promise<void> {
    for (;;) {
      const { next, link: previous } = this.#place;
      const { bytes, link, recorded } = this.#builder.build(flight, next, previous);
      const event = groupEvent(this.options.node, bytes.subarray(FRAME_HEADER_LENGTH), this.#journalId);
      const revision = this.#revision;
      try {
        await this.options.store.append(this.#stream, revision === 0 ? NO_STREAM : revision - 1, [event]);
      } catch (error) {
        // A group of ours that was given up has come in late and stands there: behind it is the place for this one.
        if (error instanceof WrongExpectedRevision && (await this.#adopt()) > 0) continue;
        throw error;
      }
      this.#finder.note({ revision, group: { firstSequence: next } });
      this.#advance({ next: next + recorded.length, link }, revision + 1, recorded);
      this.#room.landed(next);
      return;
    }
  }

  #advance(place: ChainPlace, revision: number, recorded: readonly RecordedEntry[]): void {
    this.#place = place;
    this.#revision = revision;
    for (const listener of this.#listeners) {
      try {
        listener(recorded);
      } catch (error) {
        this.#notice({ kind: 'listener-failed', error });
      }
    }
  }

  /**
   * Takes in what stands in the stream beyond what is known.
   * @returns the number of groups @throws JournalDamaged for what the journal key did not make, and when the known end is gone
   */
  async #adopt(): Promise<number> {
    await this.#mustStand();
    let groups = 0;
    let entries = 0;
    for (let stored = await this.#finder.at(this.#revision); stored !== undefined; ) {
      const place = placeAfter(stored, this.#place, this.#keys);
      const recorded = await this.#open(stored, 0);
      this.#advance(place, stored.revision + 1, recorded);
      groups += 1;
      entries += recorded.length;
      stored = await this.#finder.at(this.#revision);
    }
    if (groups > 0) this.#notice({ kind: 'adopted', entries });
    return groups;
  }

  /** A stream that was cut, or a store that an older copy has replaced, must not be written on. */
  async #mustStand(): Promise<void> {
    const { link } = this.#place;
    if (this.#revision === 0) return;
    const last = await this.#finder.at(this.#revision - 1);
    const found = last && last.payload.subarray(-link.length);
    if (found === undefined || !constantTimeEqual(found, link)) {
      throw new JournalDamaged('the end of the journal is not where it was', 0, this.#revision - 1);
    }
  }

  async #open(stored: GroupInStream, after: number): Promise<readonly RecordedEntry[]> {
    const entries = await readGroup(stored.group, after, stored.journalId, ({ account, month, generation }) =>
      this.options.detailKeys.forReading(account, month, generation),
    );
    if (entries === undefined) throw new JournalDamaged('a detail record does not open', 0, stored.revision);
    return entries;
  }

  /** Nothing is taken in until a look at the stream has succeeded. */
  #break(error: Error, delay: number): void {
    this.#broken = error;
    this.#room.clear(unavailable(error));
    if (this.#closing !== undefined) return;
    this.#notice({ kind: 'unwritable', error, nextAttemptMs: delay });
    this.#retry = this.options.clock.after(delay, () => {
      this.#looking = this.#look(delay);
    });
  }

  async #look(delay: number): Promise<void> {
    try {
      await this.#adopt();
      this.#broken = undefined;
      this.#schedule();
    } catch (error) {
      this.#break(asError(error), Math.min(2 * delay, LAST_RETRY_MS));
    }
  }

  async #close(): Promise<void> {
    await Promise.resolve(); // so that #closing is set: no append from here on
    await this.#room.empty();
    while (this.#flushing !== undefined) await this.#flushing;
    this.#retry?.cancel();
    await this.#looking;
    this.#retry?.cancel();
    this.#room.stop();
    this.#keys.wipe();
  }

  #notice(notice: JournalNotice): void {
    this.options.notice?.(notice);
  }
}

const unavailable = (cause: Error): JournalUnavailable =>
  new JournalUnavailable('the audit journal could not be written', { cause });

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('not an Error was thrown', { cause: error });
