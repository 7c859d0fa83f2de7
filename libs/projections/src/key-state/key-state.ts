import { constantTimeEqual, type HmacSha256 } from '@claviger/crypto';
import { type AccountState, aliasArn, type AliasState, keyStream, principalStream, type PrincipalState, type UsesState, usesStream } from '@claviger/domain';
import type { Clock, Logger, Metrics } from '@claviger/platform';
import { EventIntegrityError, type EventRecord, type EventStore, START, StreamHeads } from '@claviger/ports';
import { TwoGenerationCache } from '../two-generation-cache.js';
import { Feed } from './feed.js';
import { KeyStateFile, RowIntegrityError } from './file.js';
import { type Change, type Folded, KeyStateFold, UnknownEvent } from './fold.js';
import { readCheckpoint, readFaults, readHeads, writeCheckpoint, writeFault, writeHead } from './checkpoint.js';
import { KeyEntry } from './key-entry.js';
import { type AliasPage, type KeyFilter, type KeyPage, listAliases, listKeys, keysDue } from './listing.js';
import * as rows from './rows.js';
import { sumAt } from './sum-at.js';
import { readVersion } from './rows.js';

/** A key, alias or principal whose record was tampered with, or that this program does not understand: it must not be used. */
export class StreamUnavailable extends Error {
  override readonly name = 'StreamUnavailable';
  constructor(
    readonly stream: string,
    readonly reason: string,
  ) {
    super(`${stream} is unavailable: ${reason}`);
  }
}

export interface KeyStateOptions {
  readonly path: string;
  readonly macKey: HmacSha256;
  /** Authenticated: flags damaged events on readAll, throws on readStream. */
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Entries per generation of each cache. */
  readonly cachedKeys: number;
}

const PAGE = 500;

/**
 * The current state of everything that calls need: keys, versions, aliases, principals, accounts, reserved uses. One SQLite file with
 * MACed rows, a bounded cache over it, fed by one subscription. Whatever does not verify makes its stream unavailable and is alerted;
 * the others go on.
 */
export class KeyState {
  private readonly entries: TwoGenerationCache<string, KeyEntry>;
  private readonly principals: TwoGenerationCache<string, rows.Versioned<PrincipalState>>;
  private readonly aliases: TwoGenerationCache<string, rows.Versioned<AliasState>>;
  private readonly faults: Map<string, string>;
  private readonly fold_: KeyStateFold;
  private readonly feed: Feed;
  private readonly damageAlerts;
  private position: bigint;
  private lastEvent: number;
  readonly heads: StreamHeads;

  private constructor(
    private file: KeyStateFile,
    private readonly options: KeyStateOptions,
  ) {
    const { cachedKeys, store, clock, logger, metrics, macKey } = options;
    this.entries = new TwoGenerationCache(cachedKeys);
    this.principals = new TwoGenerationCache(Math.max(1, cachedKeys >> 3));
    this.aliases = new TwoGenerationCache(cachedKeys);
    this.fold_ = new KeyStateFold(file, cachedKeys);
    this.heads = readHeads(file, new StreamHeads(macKey));
    this.faults = readFaults(file);
    const checkpoint = readCheckpoint(file);
    this.position = checkpoint?.position ?? START;
    this.lastEvent = checkpoint?.lastEventAt ?? 0;
    this.damageAlerts = metrics.counter('claviger_integrity_alerts_total', 'Records that did not verify');
    this.feed = new Feed(store, this, clock, logger);
  }

  /**
   * Opens the file. A file of another schema, or whose heads do not add up to its own checkpoint, is not trusted: `undefined`, and the
   * caller rebuilds.
   */
  static open(options: KeyStateOptions): KeyState | undefined {
    const file = KeyStateFile.open(options.path, options.macKey);
    if (file === undefined) return undefined;
    let state: KeyState | undefined;
    try {
      const opened = new KeyState(file, options);
      const checkpoint = readCheckpoint(file);
      if (checkpoint === undefined || constantTimeEqual(checkpoint.sum, opened.heads.sum())) state = opened;
    } catch (error) {
      if (!(error instanceof RowIntegrityError)) throw error;
    }
    if (state === undefined) file.close();
    return state;
  }

  /** Resolves when caught up with what the store held at that moment. */
  start(): Promise<void> {
    return this.feed.start();
  }

  get applied(): bigint {
    return this.position;
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
    return sumAt(store, macKey, this.heads, this.position, position);
  }

  get following(): boolean {
    return this.feed.following;
  }

  reached(position: bigint): Promise<void> {
    return this.feed.reached(position);
  }

  toHead(): Promise<void> {
    return this.feed.toHead();
  }

  /** Streams that are out of use, with the reason. */
  faulted(): ReadonlyMap<string, string> {
    return this.faults;
  }

  /** From memory only; undefined when the key is not cached (or does not exist). */
  peek(keyId: string): KeyEntry | undefined {
    return this.entries.get(keyId);
  }

  /**
   * The key, or undefined when the state holds none of this id in this account and region. A key that is not in memory is checked
   * against its events first: every event of its stream must verify.
   * @throws StreamUnavailable
   */
  async key(account: string, region: string, keyId: string): Promise<KeyEntry | undefined> {
    const stream = keyStream(account, region, keyId);
    this.assertSound(stream);
    const cached = this.entries.get(keyId);
    if (cached !== undefined) return inScope(cached, account, region);
    return this.guarded(stream, async () => {
      const row = rows.readKey(this.file, keyId);
      if (row === undefined || row.state.account !== account || row.state.region !== region) return undefined;
      await this.verifyStream(stream, row.revision);
      // Another event may have been folded meanwhile; what it left is newer than the row read above.
      const newer = this.entries.get(keyId);
      if (newer !== undefined) return newer;
      const fresh = rows.readKey(this.file, keyId) ?? row;
      const entry = new KeyEntry(fresh.state, fresh.revision, (version) => readVersion(this.file, keyId, version));
      this.entries.set(keyId, entry);
      return entry;
    });
  }

  /** All versions, ascending. @throws StreamUnavailable */
  async versions(entry: KeyEntry): Promise<readonly ReturnType<typeof rows.readVersions>[number][]> {
    const { account, region, keyId } = entry.attributes;
    return this.guarded(keyStream(account, region, keyId), async () => rows.readVersions(this.file, keyId));
  }

  /** @param name without the prefix `alias/` @throws StreamUnavailable */
  async alias(account: string, region: string, name: string): Promise<rows.Versioned<AliasState> | undefined> {
    const stream = `alias-${account}-${region}-${name}`;
    this.assertSound(stream);
    const cached = this.aliases.get(stream);
    if (cached !== undefined) return cached;
    return this.guarded(stream, async () => {
      const row = rows.readAlias(this.file, account, region, name, aliasArn(account, region, `alias/${name}`));
      if (row === undefined) return undefined;
      await this.verifyStream(stream, row.revision);
      const fresh = rows.readAlias(this.file, account, region, name, row.state.arn) ?? row;
      this.aliases.set(stream, fresh);
      return fresh;
    });
  }

  /** From memory only. */
  peekAlias(account: string, region: string, name: string): rows.Versioned<AliasState> | undefined {
    return this.aliases.get(`alias-${account}-${region}-${name}`);
  }

  /** @throws StreamUnavailable */
  async principal(principalId: string): Promise<rows.Versioned<PrincipalState> | undefined> {
    const stream = principalStream(principalId);
    this.assertSound(stream);
    const cached = this.principals.get(principalId);
    if (cached !== undefined) return cached;
    return this.guarded(stream, async () => {
      const row = rows.readPrincipal(this.file, principalId);
      if (row === undefined) return undefined;
      await this.verifyStream(stream, row.revision);
      const fresh = rows.readPrincipal(this.file, principalId) ?? row;
      this.principals.set(principalId, fresh);
      return fresh;
    });
  }

  /** From memory only. */
  peekPrincipal(principalId: string): rows.Versioned<PrincipalState> | undefined {
    return this.principals.get(principalId);
  }

  async principalOfAccessKey(accessKeyId: string): Promise<rows.Versioned<PrincipalState> | undefined> {
    const principalId = rows.principalOfAccessKey(this.file, accessKeyId);
    return principalId === undefined ? undefined : this.principal(principalId);
  }

  /** @param hash SHA-256 of the token, hex */
  async principalOfToken(hash: string): Promise<rows.Versioned<PrincipalState> | undefined> {
    const principalId = rows.principalOfToken(this.file, hash);
    return principalId === undefined ? undefined : this.principal(principalId);
  }

  /** @throws StreamUnavailable */
  async account(account: string): Promise<rows.Versioned<AccountState> | undefined> {
    const stream = `account-${account}`;
    return this.guarded(stream, async () => rows.readAccount(this.file, account));
  }

  /** @throws StreamUnavailable */
  async uses(account: string, region: string, keyId: string, version: number): Promise<rows.Versioned<UsesState> | undefined> {
    const stream = usesStream(account, region, keyId, version);
    return this.guarded(stream, async () => rows.readUses(this.file, stream));
  }

  listKeys(filter: KeyFilter, after: string, limit: number): KeyPage {
    return listKeys(this.file, filter, after, limit);
  }

  listAliases(account: string, region: string, keyId: string | null, after: string, limit: number): AliasPage {
    return listAliases(this.file, account, region, keyId, after, limit);
  }

  /** Keys for which something is due at `now`, the longest overdue first. */
  keysDue(now: number, limit: number): readonly { readonly account: string; readonly region: string; readonly keyId: string }[] {
    return keysDue(this.file, now, limit);
  }

  /** The store file was written by somebody else: nothing in memory may vouch for it any more. */
  distrust(): void {
    this.entries.clear();
    this.aliases.clear();
    this.principals.clear();
    this.fold_.forget();
  }

  /** Called by the feed. One transaction per batch, checkpoint and heads included. */
  fold(events: readonly EventRecord[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    const changes: Change[] = [];
    let lastEventAt = this.lastEvent;
    const touched = new Map<string, EventRecord>();
    this.file.transaction(() => {
      for (const record of events) {
        if (this.faults.has(record.stream)) continue;
        const folded = this.foldOne(record);
        if (folded === undefined) continue;
        lastEventAt = Math.max(lastEventAt, folded.at);
        changes.push(folded.change);
        touched.set(record.stream, record);
      }
      for (const record of touched.values()) writeHead(this.file, record);
      writeCheckpoint(this.file, { position: last.position, sum: this.heads.sum(), lastEventAt });
    });
    this.position = last.position;
    this.lastEvent = lastEventAt;
    for (const change of changes) this.refresh(change);
  }

  async close(): Promise<void> {
    await this.feed.stop();
    this.file.close();
  }

  /** @returns undefined when the record put its stream out of use */
  private foldOne(record: EventRecord): Folded | undefined {
    if (record.damaged === true) {
      this.condemn(record.stream, `event ${record.revision} does not verify`);
      return undefined;
    }
    const head = this.heads.get(record.stream);
    if (record.revision !== (head?.revision ?? -1) + 1) {
      this.condemn(record.stream, `event ${record.revision} follows ${head?.revision ?? 'nothing'}`);
      return undefined;
    }
    try {
      const folded = this.fold_.apply(record);
      this.heads.apply(record);
      return folded;
    } catch (error) {
      if (!(error instanceof UnknownEvent || error instanceof RowIntegrityError)) throw error;
      this.condemn(record.stream, error.message);
      return undefined;
    }
  }

  private refresh(change: Change): void {
    switch (change.kind) {
      case 'key':
        this.entries.set(change.state.keyId, KeyEntry.complete(change.state, change.revision));
        return;
      case 'alias':
        this.aliases.delete(`alias-${change.account}-${change.region}-${change.name}`);
        return;
      case 'principal':
        this.principals.delete(change.principalId);
        return;
      case 'none':
        return;
    }
  }

  private assertSound(stream: string): void {
    const reason = this.faults.get(stream);
    if (reason !== undefined) throw new StreamUnavailable(stream, reason);
  }

  /** Runs a read; whatever does not verify puts the stream out of use, for good and with an alert. */
  private async guarded<T>(stream: string, read: () => Promise<T>): Promise<T> {
    this.assertSound(stream);
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof RowIntegrityError || error instanceof EventIntegrityError)) throw error;
      this.condemn(stream, error.message);
      throw new StreamUnavailable(stream, error.message);
    }
  }

  /** Every event of the stream must verify, and the stream must reach exactly as far as the state that stands for it. */
  private async verifyStream(stream: string, revision: number): Promise<void> {
    const head = this.heads.get(stream);
    if (head === undefined || head.revision < revision) throw new EventIntegrityError(stream, revision);
    let next = 0;
    let last: EventRecord | undefined;
    for (;;) {
      const page = await this.options.store.readStream(stream, next, PAGE);
      last = page.at(-1) ?? last;
      next += page.length;
      if (page.length < PAGE) break;
    }
    if (last === undefined || last.revision < head.revision) throw new EventIntegrityError(stream, next);
  }

  /** Puts a stream out of use, with an alert. */
  condemn(stream: string, reason: string): void {
    if (this.faults.has(stream)) return;
    this.faults.set(stream, reason);
    this.file.transaction(() => writeFault(this.file, stream, reason));
    this.damageAlerts.inc();
    this.options.logger.error('ALERT: a record does not verify, its stream is out of use', { stream, reason });
    if (stream.startsWith('key-')) this.entries.delete(stream.slice(-36));
    this.aliases.delete(stream);
    if (stream.startsWith('principal-')) this.principals.delete(stream.slice('principal-'.length));
  }
}

const inScope = (entry: KeyEntry, account: string, region: string): KeyEntry | undefined =>
  entry.attributes.account === account && entry.attributes.region === region ? entry : undefined;
