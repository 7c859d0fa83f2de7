import { DatabaseSync } from 'node:sqlite';
import type { Clock, Logger, Timer } from '@claviger/platform';
import { parseOpenEntry, type RecordedEntry } from '@claviger/ports';
import type { ReadJournal } from '../read-journal.js';

export interface VersionUsage {
  /** Epoch milliseconds. */
  readonly lastUsedAt: number;
  readonly uses: number;
}

export interface UsageOptions {
  readonly path: string;
  readonly journal: Pick<ReadJournal, 'head' | 'read'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SAVE_EVERY_MS = 5_000;
const PAGE = 5_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS usage (key_id TEXT NOT NULL, version INTEGER NOT NULL, last_used INTEGER NOT NULL, uses INTEGER NOT NULL,
  PRIMARY KEY (key_id, version)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO position VALUES (1, 0);
`;

/**
 * Last use and number of uses per version, derived from the journal. Kept in memory, saved now and then together with the journal
 * sequence up to which it is complete; a start reads only what came after.
 */
export class UsageCounters {
  private readonly db: DatabaseSync;
  private readonly unsaved = new Map<string, { keyId: string; version: number; lastUsedAt: number; uses: number }>();
  private readonly select;
  private readonly upsert;
  /** All entries up to here are counted. */
  protected sequence: number;
  private saved: number;
  protected closed = false;
  private readonly timer: Timer;

  protected constructor(private readonly options: UsageOptions) {
    this.db = new DatabaseSync(options.path);
    this.db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL');
    this.db.exec(SCHEMA);
    this.select = this.db.prepare('SELECT last_used, uses FROM usage WHERE key_id=? AND version=?');
    this.upsert = this.db.prepare('INSERT OR REPLACE INTO usage VALUES (?,?,?,?)');
    this.sequence = Number(this.db.prepare('SELECT sequence FROM position').get()?.['sequence'] ?? 0);
    this.saved = this.sequence;
    this.timer = options.clock.every(SAVE_EVERY_MS, () => this.save());
  }

  /** Reads the journal's tail, so that nothing is missing. */
  static async open(options: UsageOptions): Promise<UsageCounters> {
    const counters = new UsageCounters(options);
    await counters.catchUp();
    return counters;
  }

  /** Called in the order of the sequences, once per durable entry: this one was a use. */
  used(sequence: number, keyId: string, version: number, at: number): void {
    this.count(keyId, version, at);
    this.sequence = sequence;
  }

  /** This one was not. */
  passed(sequence: number): void {
    this.sequence = sequence;
  }

  /** A further key that the same call used: the source of a re-encryption. */
  alsoUsed(keyId: string, version: number, at: number): void {
    this.count(keyId, version, at);
  }

  usage(keyId: string, version: number): VersionUsage | undefined {
    const unsaved = this.unsaved.get(`${keyId}/${version}`);
    if (unsaved !== undefined) return unsaved;
    const row = this.select.get(keyId, version);
    return row === undefined ? undefined : { lastUsedAt: Number(row['last_used']), uses: Number(row['uses']) };
  }

  /** Null: never used. */
  lastUsedAt(keyId: string, version: number): number | null {
    return this.usage(keyId, version)?.lastUsedAt ?? null;
  }

  /** Resolves when every use that was answered before the call is counted: at once, where all of them are told. */
  upToDate(): Promise<void> {
    return Promise.resolve();
  }

  save(): void {
    if (this.sequence === this.saved) return;
    this.db.exec('BEGIN');
    try {
      for (const row of this.unsaved.values()) this.upsert.run(row.keyId, row.version, row.lastUsedAt, row.uses);
      this.db.prepare('UPDATE position SET sequence=?').run(this.sequence);
      this.db.exec('COMMIT');
      this.saved = this.sequence;
      this.unsaved.clear();
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      // Nothing is lost: it stays in memory, and the journal has it.
      this.options.logger.warn('usage counters could not be saved, they will be tried again', { error });
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.timer.cancel();
    this.save();
    this.db.close();
  }

  protected async catchUp(): Promise<void> {
    const { journal, logger } = this.options;
    if (this.sequence > journal.head()) {
      logger.warn('usage counters are ahead of the journal, they are counted anew', {
        counters: this.sequence,
        journal: journal.head(),
      });
      this.db.exec('DELETE FROM usage; UPDATE position SET sequence=0');
      this.sequence = 0;
    }
    for (;;) {
      const page = await journal.read(this.sequence, PAGE);
      if (this.closed) return;
      this.take(page);
      this.save();
      if (page.length === 0) return;
    }
  }

  protected take(entries: readonly RecordedEntry[]): void {
    for (const entry of entries) {
      // Read back and announced: whichever came first counted it.
      if (entry.sequence <= this.sequence) continue;
      this.sequence = entry.sequence;
      const open = parseOpenEntry(entry.open);
      if (open?.counts !== true || open.key === undefined || open.version === undefined) continue;
      this.count(open.key, open.version, entry.at);
      if (open.source !== undefined) this.count(open.source.key, open.source.version, entry.at);
    }
  }

  private count(keyId: string, version: number, at: number): void {
    const name = `${keyId}/${version}`;
    const unsaved = this.unsaved.get(name);
    if (unsaved !== undefined) {
      unsaved.uses += 1;
      unsaved.lastUsedAt = Math.max(unsaved.lastUsedAt, at);
      return;
    }
    const before = this.usage(keyId, version);
    this.unsaved.set(name, {
      keyId,
      version,
      uses: (before?.uses ?? 0) + 1,
      lastUsedAt: Math.max(before?.lastUsedAt ?? 0, at),
    });
  }
}
