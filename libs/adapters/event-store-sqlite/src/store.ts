import {
  type AllPage,
  type AppendResult,
  checkAppend,
  checkMaxCount,
  checkRead,
  CommitSignal,
  type EventRecord,
  EventStore,
  EventStoreUnavailable,
  Followers,
  matchesPrefix,
  type NewEvent,
  type ReadAllOptions,
  START,
  type SubscribeOptions,
  type Subscription,
} from '@claviger/ports';
import type { DatabaseSync } from 'node:sqlite';
import { AppendQueue } from './append-queue.js';
import { Appender } from './appender.js';
import { openDatabase } from './database.js';
import { unavailable } from './failure.js';
import type { SqliteEventStoreOptions } from './options.js';
import { COLUMNS, type EventRow, PageQuery, toRecords } from './rows.js';
import { Streams } from './streams.js';
import { Transaction } from './transaction.js';

/**
 * Events in one SQLite file. One process owns it; because there is a single writer and positions are given out inside its transaction,
 * a reader never sees a position before an earlier one.
 *
 * All work happens on the calling thread: a commit holds it for one sync of the disk, whatever the number of appends in it.
 */
export class SqliteEventStore extends EventStore {
  readonly #db: DatabaseSync;
  readonly #streams: Streams;
  readonly #queue: AppendQueue;
  readonly #commits = new CommitSignal();
  readonly #followers = new Followers({ readAll: async (options) => this.#page(options), commits: this.#commits });
  readonly #ofStream: PageQuery<EventRow>;
  readonly #after: PageQuery<EventRow>;
  readonly #last: PageQuery<[position: number | bigint]>;
  readonly #dataVersion: PageQuery<[version: number]>;
  #seenVersion: number;
  #closing: Promise<void> | undefined;

  /** @throws UnknownSchema, or what SQLite or the file system says */
  constructor(private readonly options: SqliteEventStoreOptions) {
    super();
    const { path, faults = {} } = options;
    const db = openDatabase(path);
    this.#db = db;
    this.#streams = new Streams(db);
    this.#ofStream = new PageQuery(
      db,
      `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`,
    );
    this.#after = new PageQuery(db, `SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`);
    this.#last = new PageQuery(db, 'SELECT position FROM events ORDER BY position DESC LIMIT 1');
    this.#dataVersion = new PageQuery(db, 'PRAGMA data_version');
    this.#seenVersion = this.#version();
    const appender = new Appender(db, this.#streams, (...range) => this.#eventsOf(...range), faults);
    this.#queue = new AppendQueue(new Transaction(db, faults), appender, {
      begun: () => this.lookForForeignWrites(),
      committed: () => this.#commits.raise(),
      rolledBack: (error) => {
        this.#streams.forget();
        options.logger?.error('a group of appends was rolled back', { error });
      },
    });
    faults.opened?.(db);
  }

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<AppendResult> {
    checkAppend(stream, expectedRevision, events);
    this.#mustBeOpen();
    // The caller may change its own objects while the group waits, and what it was answered afterwards.
    const copies = events.map(({ id, type, schemaVersion, data, metadata, mac }) => ({
      id,
      type,
      schemaVersion,
      data,
      metadata,
      mac: Uint8Array.from(mac),
    }));
    return this.#queue.add({ stream, expectedRevision, events: copies });
  }

  async readStream(stream: string, fromRevision: number, maxCount: number): Promise<readonly EventRecord[]> {
    checkRead(fromRevision, maxCount);
    this.#mustBeOpen();
    return this.#reading(() => this.#eventsOf(stream, fromRevision, maxCount));
  }

  async readAll(options: ReadAllOptions): Promise<AllPage> {
    checkMaxCount(options.maxCount);
    this.#mustBeOpen();
    return this.#page(options);
  }

  async head(): Promise<bigint> {
    this.#mustBeOpen();
    return this.#reading(() => {
      this.lookForForeignWrites();
      return this.#head();
    });
  }

  subscribe(options: SubscribeOptions): Subscription {
    this.#mustBeOpen();
    return this.#followers.start(options);
  }

  /**
   * Has another connection committed to the file? Looks at one counter, a microsecond. Every append and `head` looks too; who wants to
   * know sooner calls this from time to time.
   */
  lookForForeignWrites(): boolean {
    const version = this.#version();
    if (version === this.#seenVersion) return false;
    this.#seenVersion = version;
    this.#streams.forget();
    this.#commits.raise();
    this.options.logger?.warn('the event store file was written by another connection');
    // Later: this may be the middle of a transaction, and whoever is told may call the store.
    queueMicrotask(() => this.options.onForeignWrite?.());
    return true;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#queue.drain();
    await this.#followers.stopAll();
    this.#db.close();
  }

  #page({ after, maxCount, streamPrefixes }: ReadAllOptions): AllPage {
    return this.#reading(() => {
      const rows = this.#after.all(after, maxCount);
      const last = rows.at(-1);
      const next = last === undefined ? after : BigInt(last[0]);
      const records = toRecords(rows, (stream) => this.#streams.nameOf(stream));
      return {
        events: streamPrefixes ? records.filter(({ stream }) => matchesPrefix(stream, streamPrefixes)) : records,
        next,
        atEnd: rows.length < maxCount || next >= this.#head(),
      };
    });
  }

  #eventsOf(stream: string, fromRevision: number, maxCount: number): readonly EventRecord[] {
    const tail = this.#streams.tail(stream);
    if (tail === undefined) return [];
    // Whoever changes a stream first looks whether there is more: nearly never, and knowing the tail is cheaper than asking for it.
    if (fromRevision > tail.revision && !this.lookForForeignWrites()) return [];
    return toRecords(this.#ofStream.all(tail.id, fromRevision, maxCount), () => stream);
  }

  #head(): bigint {
    return BigInt(this.#last.all()[0]?.[0] ?? START);
  }

  #version(): number {
    return this.#dataVersion.all()[0]?.[0] ?? 0;
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw unavailable(error);
    }
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new EventStoreUnavailable('the event store is closed');
  }
}
