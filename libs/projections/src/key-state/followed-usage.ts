import type { ReadJournal } from '../read-journal.js';
import { UsageCounters, type UsageOptions } from './usage.js';

export interface FollowedUsageOptions extends UsageOptions {
  readonly journal: ReadJournal;
  /** Resolves when the journal holds everything that was recorded anywhere before the call. */
  readonly barrier: () => Promise<unknown>;
}

/**
 * Uses on all nodes, counted from a journal that holds the entries of all of them. What this node's own audit trail tells is among them,
 * and is not counted twice.
 */
export class FollowedUsage extends UsageCounters {
  private reading: Promise<void> | undefined;
  private readonly unsubscribe: () => void;

  private constructor(private readonly followed: FollowedUsageOptions) {
    super(followed);
    this.unsubscribe = followed.journal.onDurable((entries) => {
      if ((entries[0]?.sequence ?? 0) > this.sequence + 1) this.readOn();
      else this.take(entries);
    });
  }

  static override async open(options: FollowedUsageOptions): Promise<FollowedUsage> {
    const counters = new FollowedUsage(options);
    await counters.readBack();
    return counters;
  }

  override used(): void {}

  override passed(): void {}

  override alsoUsed(): void {}

  override async upToDate(): Promise<void> {
    await this.followed.barrier();
    const head = this.followed.journal.head();
    while (this.sequence < head && !this.closed) await this.readBack();
  }

  override close(): void {
    this.unsubscribe();
    super.close();
  }

  /** One reading at a time. */
  private readBack(): Promise<void> {
    this.reading ??= this.catchUp().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private readOn(): void {
    if (this.closed) return;
    this.readBack().catch((error: unknown) => {
      this.followed.logger.warn('usage counters could not read the journal, the next entry tries again', { error });
    });
  }
}
