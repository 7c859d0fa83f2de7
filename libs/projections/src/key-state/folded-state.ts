import { constantTimeEqual, type HmacSha256 } from '@claviger/crypto';
import { isHeartbeatStream } from '@claviger/domain';
import type { Clock, Counter, Gauge, Logger, Metrics } from '@claviger/platform';
import { EventIntegrityError, type EventRecord, type EventStore, START, StreamHeads } from '@claviger/ports';
import { readCheckpoint, readFaults, readHeads, writeCheckpoint, writeFault, writeHead } from './checkpoint.js';
import { type Fault, isNewer, StreamUnavailable } from './fault.js';
import { Feed, type FeedOptions } from './feed.js';
import { KeyStateFile, RowIntegrityError } from './file.js';
import { type Change, type Folded, KeyStateFold, NewerEvent, UnknownEvent } from './fold.js';
import { sumAt } from './sum-at.js';

/** Told what the feed has brought, when it is in. */
export interface FeedObserver {
  /** A verified heartbeat of any node; everything before it is in. */
  heartbeat(record: EventRecord): void;
  /** Events that may have changed the state are in; the last of them, heartbeats not counted, stands at this position. */
  folded(position: bigint): void;
}

export interface KeyStateOptions extends FeedOptions {
  readonly path: string;
  readonly macKey: HmacSha256;
  /** Authenticated: flags damaged events on readAll, throws on readStream. */
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Entries per generation of each cache. */
  readonly cachedKeys: number;
  readonly observer?: FeedObserver;
}

const PAGE = 500;

/**
 * The folding half of the key state: takes in verified events in order, keeps rows, heads and faults, and knows how far it is. What
 * does not verify puts its stream out of use, with an alert; the others go on.
 */
export abstract class FoldedState {
  protected readonly file: KeyStateFile;
  protected readonly options: KeyStateOptions;
  private readonly folding: KeyStateFold;
  private readonly feed: Feed;
  private readonly alerts: Counter;
  private readonly newerStreams: Gauge;
  private faults: Map<string, Fault>;
  private currentHeads: StreamHeads;
  private position: bigint;
  private lastEvent: number;

  protected constructor(file: KeyStateFile, options: KeyStateOptions) {
    const { cachedKeys, store, clock, logger, metrics, macKey } = options;
    this.file = file;
    this.options = options;
    this.folding = new KeyStateFold(file, cachedKeys);
    this.alerts = metrics.counter('claviger_integrity_alerts_total', 'Records that did not verify');
    this.newerStreams = metrics.gauge(
      'claviger_newer_streams',
      'Keys and other resources that a newer version of the service has changed: out of use on this node',
    );
    this.feed = new Feed(store, this, clock, logger, options);
    const checkpoint = readCheckpoint(file);
    this.position = checkpoint?.position ?? START;
    this.lastEvent = checkpoint?.lastEventAt ?? 0;
    this.faults = readFaults(file);
    this.currentHeads = readHeads(file, new StreamHeads(macKey));
    this.newerStreams.set(this.newer().length);
  }

  /** Do the heads add up to what the checkpoint says? */
  protected get consistent(): boolean {
    const checkpoint = readCheckpoint(this.file);
    return checkpoint === undefined || constantTimeEqual(checkpoint.sum, this.heads.sum());
  }

  /** Was an event passed over that this program knows? The node was upgraded since. */
  protected get outgrown(): boolean {
    return [...this.faults].some(
      ([stream, { newer }]) => newer !== null && !isNewer(stream, newer.type, newer.schemaVersion),
    );
  }

  /** Copies in memory that a folded event made stale. */
  protected abstract refresh(change: Change): void;
  /** Copies in memory of a stream that was put out of use. */
  protected abstract drop(stream: string): void;
  /** Everything in memory: the store was written by somebody else, nothing may vouch for it any more. */
  distrust(): void {
    this.folding.forget();
  }

  /** Resolves when caught up with what the store held at that moment. */
  start(): Promise<void> {
    return this.feed.start();
  }

  /** Position of the last event that is in. */
  get applied(): bigint {
    return this.position;
  }

  /** False while the subscription is broken. */
  get following(): boolean {
    return this.feed.following;
  }

  /** Resolves once everything up to `position` is in. */
  reached(position: bigint): Promise<void> {
    return this.feed.reached(position);
  }

  /** Resolves once all that the store holds now is in. */
  toHead(): Promise<void> {
    return this.feed.toHead();
  }

  /** The last event of every stream, as far as it was applied. */
  get heads(): StreamHeads {
    return this.currentHeads;
  }

  /** The latest time that any event bears, epoch milliseconds; 0 when there is none. */
  get lastEventAt(): number {
    return this.lastEvent;
  }

  /** The keyed sum over all heads as of {@link applied}. */
  sum(): Uint8Array {
    return this.heads.sum();
  }

  /** The same as of an earlier position; undefined when this state has not got that far, or the events are not there any more. */
  async sumAt(position: bigint): Promise<Uint8Array | undefined> {
    if (this.position < position) return undefined;
    const { store, macKey } = this.options;
    const present = () => ({ heads: this.heads, applied: this.position });
    return sumAt(store, macKey, present, position, this.options.streamPrefixes);
  }

  /** Streams that are out of use, with the reason. */
  faulted(): ReadonlyMap<string, Fault> {
    return this.faults;
  }

  /** Those of them that a newer version of the service has changed, in the order in which that was found. */
  newer(): readonly string[] {
    return [...this.faults].filter(([, { newer }]) => newer !== null).map(([stream]) => stream);
  }

  /** Called by the feed. One transaction per batch, checkpoint and heads included. */
  fold(events: readonly EventRecord[]): void {
    const last = events.at(-1);
    if (last === undefined || last.position <= this.position) return;
    const changes: Change[] = [];
    const beats: EventRecord[] = [];
    let lastEventAt = this.lastEvent;
    try {
      this.file.transaction(() => {
        const touched = new Map<string, EventRecord>();
        for (const record of events) {
          if (record.position <= this.position || this.isDamaged(record.stream)) continue;
          // Not part of the state, but delivered with its events, in order.
          if (isHeartbeatStream(record.stream)) {
            if (record.damaged !== true) beats.push(record);
            continue;
          }
          const folded = this.foldOne(record);
          if (folded === undefined) continue;
          touched.set(record.stream, record);
          if (folded === 'newer') continue;
          lastEventAt = Math.max(lastEventAt, folded.at);
          changes.push(folded.change);
        }
        for (const record of touched.values()) writeHead(this.file, record);
        writeCheckpoint(this.file, { position: last.position, sum: this.heads.sum(), lastEventAt });
      });
    } catch (error) {
      // The rows are as before; so must be what memory says of them.
      this.reload();
      throw error;
    }
    this.position = last.position;
    this.lastEvent = lastEventAt;
    for (const change of changes) this.refresh(change);
    const { observer } = this.options;
    if (observer === undefined) return;
    const changed = events.findLast(({ stream }) => !isHeartbeatStream(stream));
    if (changed !== undefined) observer.folded(changed.position);
    for (const beat of beats) observer.heartbeat(beat);
  }

  /** Puts a stream out of use whose record is damaged, with an alert. */
  condemn(stream: string, reason: string): void {
    if (this.isDamaged(stream)) return;
    this.putOutOfUse(stream, { reason, newer: null });
    this.alerts.inc();
    this.options.logger.error('ALERT: a record does not verify, its stream is out of use', { stream, reason });
  }

  /**
   * Folds all events anew into a second file, while this one serves, and then takes over its rows in one transaction. What was damaged
   * and has been mended in the store comes back into use.
   * @param fresh over an empty file; the caller removes that file afterwards
   */
  protected async rebuildFrom(fresh: FoldedState, onProgress: (position: bigint, head: bigint) => void): Promise<void> {
    const { store, streamPrefixes } = this.options;
    const head = await store.head();
    for (let after = START; ; ) {
      const page = await store.readAll({ after, maxCount: PAGE, streamPrefixes });
      fresh.fold(page.events);
      after = page.next;
      onProgress(after, head);
      // Nothing is awaited between this and the take-over, so that no event falls between the two files.
      if (page.atEnd && fresh.position >= this.position) break;
    }
    fresh.file.checkpoint();
    this.file.takeOver(fresh.file.path);
    this.position = fresh.position;
    this.lastEvent = fresh.lastEvent;
    this.reload();
    this.distrust();
  }

  async close(): Promise<void> {
    await this.feed.stop();
    this.file.close();
  }

  protected assertSound(stream: string): void {
    const fault = this.faults.get(stream);
    if (fault !== undefined) throw new StreamUnavailable(stream, fault);
  }

  /** Runs a read; whatever does not verify puts the stream out of use. @throws StreamUnavailable */
  protected async guarded<T>(stream: string, read: () => Promise<T>): Promise<T> {
    this.assertSound(stream);
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof RowIntegrityError || error instanceof EventIntegrityError)) throw error;
      this.condemn(stream, error.message);
      throw new StreamUnavailable(stream, { reason: error.message, newer: null });
    }
  }

  private isDamaged(stream: string): boolean {
    return this.faults.get(stream)?.newer === null;
  }

  private putOutOfUse(stream: string, fault: Fault): void {
    this.faults.set(stream, fault);
    this.file.transaction(() => writeFault(this.file, stream, fault));
    this.newerStreams.set(this.newer().length);
    this.drop(stream);
  }

  /**
   * The head goes on although the rows do not: it is a matter of the MACs alone, so that all versions of the service agree on the sum over
   * the heads, and an upgraded node on what its anchor has seen.
   */
  private passOver(record: EventRecord, reason: string): 'newer' {
    const { stream, type, schemaVersion } = record;
    this.heads.apply(record);
    if (this.faults.has(stream)) return 'newer';
    this.putOutOfUse(stream, { reason, newer: { type, schemaVersion } });
    this.options.logger.error(
      'ALERT: a resource was changed by a newer version of the service, it is out of use here until this node is upgraded',
      { stream, type, schemaVersion },
    );
    return 'newer';
  }

  private reload(): void {
    this.currentHeads = readHeads(this.file, new StreamHeads(this.options.macKey));
    this.faults = readFaults(this.file);
    this.newerStreams.set(this.newer().length);
    this.folding.forget();
  }

  /** @returns undefined when the record put its stream out of use, `newer` when only its head was taken */
  private foldOne(record: EventRecord): Folded | 'newer' | undefined {
    if (record.damaged === true) {
      this.condemn(record.stream, `event ${record.revision} does not verify`);
      return undefined;
    }
    const head = this.heads.get(record.stream);
    if (record.revision !== (head?.revision ?? -1) + 1) {
      this.condemn(record.stream, `event ${record.revision} follows ${head?.revision ?? 'nothing'}`);
      return undefined;
    }
    const before = this.faults.get(record.stream);
    // What follows an event that was passed over has nothing to be folded into.
    if (before !== undefined) return this.passOver(record, before.reason);
    try {
      const folded = this.folding.apply(record);
      this.heads.apply(record);
      return folded;
    } catch (error) {
      if (error instanceof NewerEvent) return this.passOver(record, error.message);
      if (!(error instanceof UnknownEvent || error instanceof RowIntegrityError)) throw error;
      this.condemn(record.stream, error.message);
      return undefined;
    }
  }
}
