/**
 * The audit journal: every call that is not itself an event leaves one entry here before it is answered.
 */

/** What is written. `open` is readable by whoever holds the files, `detail` only with the account's detail key of that month. */
export interface JournalEntry {
  /** Twelve digits; `-` where no account is known (a caller that did not authenticate). */
  readonly account: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** JSON object text without personal data, under 16 KiB: what the chain covers in clear. */
  readonly open: string;
  /** JSON object text with addresses, names, reasons and context values; empty when there are none. */
  readonly detail: string;
}

export interface RecordedEntry extends JournalEntry {
  /** Gapless from 1 in this journal. */
  readonly sequence: number;
  /** True when the detail key was destroyed: `detail` is then empty. */
  readonly erased: boolean;
}

/** Too many calls wait for the disk, or one waited too long. Nothing was acknowledged. */
export class JournalOverloaded extends Error {
  override readonly name = 'JournalOverloaded';
}

/** The entry could not be made durable. Whether it is on disk is unknown; the call it belongs to must fail. */
export class JournalUnavailable extends Error {
  override readonly name = 'JournalUnavailable';
}

/** What is stored does not verify: it was changed, or the disk lost it. Names the first place. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
  constructor(
    message: string,
    readonly segment: number,
    /** Offset in the segment, in bytes of its uncompressed form. */
    readonly offset: number,
  ) {
    super(`${message} (segment ${segment}, offset ${offset})`);
  }
}

export abstract class AuditJournal {
  /**
   * Returns the entry's sequence when it, and every entry before it, is durable. Callers in flight share one flush.
   * @throws JournalOverloaded (bounded number, bytes and time of waiting), JournalUnavailable;
   *   RangeError for an entry that is too large or malformed (account over 12 characters, a moment that is no whole number)
   */
  abstract append(entry: JournalEntry): Promise<number>;

  /** Sequence of the last durable entry; 0 when there is none. */
  abstract head(): number;

  /**
   * Chain link (32 bytes, hex) of a durable entry; of 0, the link before the first (zeros). What the anchor records and compares.
   * Undefined beyond the head, and for entries that retention has removed.
   */
  abstract link(sequence: number): Promise<string | undefined>;

  /**
   * Durable entries after `after`, in order, at most `maxCount`. Where retention has removed some, it goes on with the oldest kept.
   * @throws JournalDamaged
   */
  abstract read(after: number, maxCount: number): Promise<readonly RecordedEntry[]>;

  /**
   * Called after each flush with the entries that just became durable, in order, before their callers are answered: keep it short.
   * Exceptions are logged, never passed on. Returns the way to unsubscribe.
   */
  abstract onDurable(listener: (entries: readonly RecordedEntry[]) => void): () => void;

  /** Can entries be written now? False after a failed flush until a new segment is open, and when the disk is full. */
  abstract writable(): boolean;

  /**
   * Erases the detail of one account and month (`2026-11`), written and waiting: destroys its key. The chain still verifies.
   * Entries appended afterwards are sealed under a new key. @throws RangeError for what is no month
   */
  abstract eraseDetail(account: string, month: string): Promise<void>;

  /** Answers what waits, then releases the files. Idempotent; later appends throw JournalUnavailable. */
  abstract close(): Promise<void>;
}
