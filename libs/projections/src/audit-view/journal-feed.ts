import type { Clock, Logger, Timer } from '@claviger/platform';
import type { RecordedEntry } from '@claviger/ports';
import type { ReadJournal } from '../read-journal.js';
import { nextPage } from './journal-pages.js';
import type { Outbox } from './outbox.js';

export interface JournalFeedOptions {
  readonly journal: ReadJournal;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Beyond this nothing live is posted: the entries are read back from the journal later. */
  readonly mostInFlight: number;
}

/** Entries per page of a catch-up: opening their details costs the caller's thread. */
const PAGE = 200;
/** Live entries are posted together: a message costs about as much as thirty entries. */
const MOST_HELD = 256;
const MOST_HELD_SIZE = 262_144;
const LINGER_MS = 20;
const FIRST_DELAY = 250;
const LONGEST_DELAY = 5_000;

/** Of strings mostly Latin-1, so a character is about a byte; the rest is what a message keeps beside them. */
const sizeOf = (entry: RecordedEntry): number => entry.open.length + entry.detail.length + 64;

/**
 * Hands journal entries to the worker, in order and without a gap: read back in pages until the head is reached, then live as they become
 * durable. Where the worker cannot keep up, live entries are let go and read back later: nothing is lost and nothing piles up.
 */
export class JournalFeed {
  /** Identity of the present run; undefined while there is none. */
  private run: object | undefined;
  private live = false;
  private posted = 0;
  private held: RecordedEntry[] = [];
  private heldSize = 0;
  private linger: Timer | undefined;
  private retry: Timer | undefined;
  private delay = FIRST_DELAY;
  private readonly unsubscribe: () => void;

  constructor(private readonly options: JournalFeedOptions) {
    this.unsubscribe = options.journal.onDurable((entries) => this.durable(entries));
  }

  start(after: number): void {
    this.reset();
    this.posted = after;
    this.catchUp();
  }

  /** Nothing more is posted until the next start. */
  reset(): void {
    this.run = undefined;
    this.live = false;
    this.letGo();
    this.retry?.cancel();
    this.retry = undefined;
  }

  stop(): void {
    this.reset();
    this.unsubscribe();
  }

  /** Posts at once what waits for company, and looks whether the journal has more. */
  flush(): void {
    if (this.run === undefined || !this.live) return;
    this.postHeld();
    if (this.live && this.posted < this.options.journal.head()) this.catchUp();
  }

  private durable(entries: readonly RecordedEntry[]): void {
    if (!this.live) return;
    const first = entries[0];
    if (first === undefined) return;
    if (first.sequence !== this.posted + this.held.length + 1) return this.catchUp();
    for (const entry of entries) {
      this.held.push(entry);
      this.heldSize += sizeOf(entry);
    }
    if (this.held.length >= MOST_HELD || this.heldSize >= MOST_HELD_SIZE) this.postHeld();
    else this.linger ??= this.options.clock.after(LINGER_MS, () => this.postHeld());
  }

  private postHeld(): void {
    const { held, heldSize, options } = this;
    if (held.length === 0) return;
    if (options.outbox.inFlight + heldSize > options.mostInFlight) return this.catchUp();
    this.letGo();
    this.post(held, heldSize);
  }

  private letGo(): void {
    this.linger?.cancel();
    this.linger = undefined;
    this.held = [];
    this.heldSize = 0;
  }

  private post(entries: readonly RecordedEntry[], size: number): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.options.outbox.postEntries(entries, size);
    this.posted = last.sequence;
  }

  /** From live, or from nothing, to reading back. */
  private catchUp(): void {
    this.live = false;
    this.letGo();
    const run = {};
    this.run = run;
    this.readBack(run).catch((error: unknown) => {
      if (this.run !== run) return;
      this.options.logger.error('the audit view cannot read the journal, it tries again', {
        error,
        delayMs: this.delay,
      });
      this.later(run);
      this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
    });
  }

  private later(run: object): void {
    this.retry = this.options.clock.after(this.delay, () => {
      if (this.run === run) this.catchUp();
    });
  }

  private async readBack(run: object): Promise<void> {
    const { journal, outbox, clock, logger } = this.options;
    for (;;) {
      await outbox.room();
      if (this.run !== run) return;
      if (this.posted >= journal.head()) {
        // In the turn in which nothing was missing: what becomes durable from here on is handed over live.
        this.live = true;
        return;
      }
      const { erasures } = outbox;
      const { entries, gap } = await nextPage(journal, this.posted, PAGE, clock.now());
      if (this.run !== run) return;
      this.delay = FIRST_DELAY;
      if (erasures !== outbox.erasures) continue;
      if (entries.length === 0) return this.later(run);
      if (gap !== undefined) logger.error('the audit view goes on behind a damage of the journal', { ...gap });
      this.post(
        entries,
        entries.reduce((sum, entry) => sum + sizeOf(entry), 0),
      );
    }
  }
}
