import type { SecretBytes } from '@claviger/crypto';
import { JOURNAL_PREFIX, journalStream } from '@claviger/domain';
import type { Clock, Ids, Timer } from '@claviger/platform';
import {
  type DetailKeys,
  type EventRecord,
  type EventStore,
  type JournalKeys,
  journalKeys,
  lastLink,
  parseGroupEvent,
  type RecordedEntry,
  type Subscription,
} from '@claviger/ports';
import type { ReadJournal } from '../read-journal.js';
import { type LocalGroup, ReplicaFile } from './file.js';
import { ReplicaFold } from './fold.js';
import type { KnownJournal } from './known-journal.js';
import { isWiped, openGroup } from './open-group.js';
import { ReadBack } from './read-back.js';

/** What happens in the replica, for log and metrics. Nothing in it is secret. */
export type ReplicaNotice =
  /** Entries of a node's journal are missing, or were changed: a mark stands in their place. */
  | { readonly kind: 'gap'; readonly node: string; readonly damaged: string }
  /** The store no longer holds what was taken in from it. */
  | { readonly kind: 'store-cut'; readonly message: string }
  | { readonly kind: 'subscription-lost' | 'listener-failed' | 'detail-unread'; readonly error: unknown };

export interface JournalReplicaOptions {
  /** The SQLite file; its folder must be there. */
  readonly path: string;
  /** Of the journals. Groups authenticate themselves. */
  readonly store: EventStore;
  /** The journals' key; copied. */
  readonly journalKey: SecretBytes;
  /** Without them every detail reads as erased. */
  readonly detailKeys: DetailKeys | undefined;
  /** This node, which marks the store when it wants to know how far it is. */
  readonly node: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly notice: (notice: ReplicaNotice) => void;
}

/** A node's journal as it is known here. */
export interface ReplicatedJournal {
  readonly node: string;
  /** Sequence of its last entry, as its node counts. */
  readonly head: number;
  /** Places where entries are missing or were changed. */
  readonly gaps: number;
}

const GROUPS_PER_READ = 16;
const FIRST_DELAY = 100;
const LONGEST_DELAY = 5_000;

/**
 * The journals of all nodes in one local order: a copy in SQLite, fed by one subscription. Each group is verified on its way in, against
 * the chain of its own journal; a damage is told and marked, and stops nothing else. Details stay sealed as they are.
 */
export class JournalReplica implements ReadJournal {
  readonly #fold: ReplicaFold;
  readonly #readBack: ReadBack;
  #listeners: readonly ((entries: readonly RecordedEntry[]) => void)[] = [];
  #subscription: Subscription | undefined;
  #retry: Timer | undefined;
  #delay = FIRST_DELAY;
  #closed = false;

  /** Undefined for a file that cannot be used: the caller removes it, and everything that counts by its sequences, and opens a new one. */
  static open(options: JournalReplicaOptions): JournalReplica | undefined {
    const file = ReplicaFile.open(options.path);
    return file && new JournalReplica(options, file, journalKeys(options.journalKey));
  }

  private constructor(
    private readonly options: JournalReplicaOptions,
    private readonly file: ReplicaFile,
    private readonly keys: JournalKeys,
  ) {
    this.#fold = new ReplicaFold(file, keys);
    this.#readBack = new ReadBack(options);
  }

  /** Begins to follow the store, and goes on trying. */
  start(): void {
    void this.#begin();
  }

  /** False while it is not fed. */
  get following(): boolean {
    return this.#subscription !== undefined;
  }

  get journals(): readonly ReplicatedJournal[] {
    return this.#fold.journals.map(({ node, place, gaps }) => ({ node, head: place.next - 1, gaps }));
  }

  head(): number {
    return this.#fold.head;
  }

  /**
   * Local sequence up to which everything is in that any node had in the store at the call.
   * @throws EventStoreUnavailable
   */
  async barrier(): Promise<number> {
    await this.#readBack.upToDate();
    return this.head();
  }

  /** As `AuditJournal.read`, in the local order. @throws JournalDamaged, and what the detail keys throw */
  async read(after: number, maxCount: number): Promise<readonly RecordedEntry[]> {
    const entries: RecordedEntry[] = [];
    for (let last = after; !this.#closed && last < this.head() && entries.length < maxCount; ) {
      for (const row of this.file.from(last + 1, GROUPS_PER_READ)) {
        entries.push(...(await openGroup(row, last, this.keys, this.options.detailKeys)).entries);
        last = row.first + row.entries - 1;
        if (entries.length >= maxCount || this.#closed) return entries.slice(0, maxCount);
      }
    }
    return entries.slice(0, maxCount);
  }

  onDurable(listener: (entries: readonly RecordedEntry[]) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    await this.#subscription?.stop();
    this.#subscription = undefined;
    this.file.close();
    this.keys.wipe();
  }

  async #begin(): Promise<void> {
    const { store } = this.options;
    try {
      await this.#compare();
      if (this.#closed) return;
      this.#subscription = store.subscribe({
        after: this.#fold.position,
        streamPrefixes: [JOURNAL_PREFIX, this.#readBack.stream],
        onEvents: (events) => this.#take(events),
        onStopped: (error) => this.#again(error),
      });
    } catch (error) {
      this.#again(error);
    }
  }

  /** Does the store still hold what was taken in from it? Who cuts it, or puts an older copy in its place, is told on. */
  async #compare(): Promise<void> {
    const { store, notice } = this.options;
    const head = await store.head();
    if (head < this.#fold.position) {
      const message = `the event store ends at position ${head}, the journals were read up to position ${this.#fold.position}`;
      notice({ kind: 'store-cut', message });
      this.#fold.stepBack(head);
    }
    for (const journal of this.#fold.journals) {
      if (await this.#stands(journal)) continue;
      const { node, place } = journal;
      const message = `the event store no longer holds entry ${place.next - 1} of the journal of node ${node}, which was read from it`;
      notice({ kind: 'store-cut', message });
    }
  }

  async #stands({ node, revision, place, broken }: KnownJournal): Promise<boolean> {
    if (broken || revision === 0) return true;
    const [last] = await this.options.store.readStream(journalStream(node), revision - 1, 1);
    const found = last && parseGroupEvent(last);
    return found !== undefined && lastLink(found.payload).equals(place.link);
  }

  #again(error: unknown): void {
    this.#subscription = undefined;
    if (this.#closed) return;
    this.options.notice({ kind: 'subscription-lost', error });
    this.#retry = this.options.clock.after(this.#delay, () => void this.#begin());
    this.#delay = Math.min(2 * this.#delay, LONGEST_DELAY);
  }

  async #take(events: readonly EventRecord[]): Promise<void> {
    const { clock, notice } = this.options;
    const ofJournals = events.filter(({ stream }) => stream.startsWith(JOURNAL_PREFIX));
    const { groups, gaps } = this.#fold.events(ofJournals, clock.now());
    this.#delay = FIRST_DELAY;
    for (const { node, damaged } of gaps) notice({ kind: 'gap', node, damaged });
    // What lay before a mark is in: whoever waits for it may go on, whatever the details do.
    for (const event of events) if (event.stream === this.#readBack.stream) this.#readBack.read(event);
    await this.#announce(groups);
  }

  /** Whoever misses an announcement finds the gap in the sequences, and reads back. */
  async #announce(groups: readonly LocalGroup[]): Promise<void> {
    const { detailKeys, notice } = this.options;
    try {
      for (const row of groups) {
        if (this.#listeners.length === 0 || this.#closed) return;
        let opened = await openGroup(row, 0, this.keys, detailKeys);
        // A key that was destroyed while this waited for another one: what it opened is not handed on.
        while (opened.keys.some(isWiped)) opened = await openGroup(row, 0, this.keys, detailKeys);
        this.#tell(opened.entries);
      }
    } catch (error) {
      notice({ kind: 'detail-unread', error });
    }
  }

  #tell(entries: readonly RecordedEntry[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(entries);
      } catch (error) {
        this.options.notice({ kind: 'listener-failed', error });
      }
    }
  }
}
