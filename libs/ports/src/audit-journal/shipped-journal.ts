import type { Clock } from '@claviger/platform';
import { AuditJournal, type JournalEntry, type RecordedEntry } from './contract.js';
import { Shipper, type ShippingNotice } from './shipper.js';
import type { GroupedAuditJournal, JournalCopy } from './shipping.js';

/** What a stop waits for the event store: what is left then is copied after the next start. */
const FINISH_WITHIN_MS = 3_000;

export interface ShippedJournalOptions {
  /** Calls wait for it alone. Closed with the whole. */
  readonly local: GroupedAuditJournal;
  readonly copy: JournalCopy;
  readonly clock: Clock;
  readonly notice?: (notice: ShippingNotice) => void;
}

export interface ShippingStatus {
  /** Entries that are not in the copy yet. */
  readonly unshipped: number;
  /** How long the oldest of them has waited, in milliseconds. */
  readonly behindMs: number;
  /** Why nothing is copied now; undefined when all is well. */
  readonly problem: unknown;
}

/** A local journal whose groups are copied, as they are, to where the other nodes can read them. */
export class ShippedAuditJournal extends AuditJournal {
  #closing: Promise<void> | undefined;

  /** @throws JournalsDiverged, JournalDamaged, EventStoreUnavailable; the local journal then stays open */
  static async open({ notice = () => undefined, ...options }: ShippedJournalOptions): Promise<ShippedAuditJournal> {
    return new ShippedAuditJournal(options.local, await Shipper.open({ ...options, notice }));
  }

  private constructor(
    private readonly local: GroupedAuditJournal,
    private readonly shipper: Shipper,
  ) {
    super();
  }

  shipping(): ShippingStatus {
    const { unshipped, behindMs, problem } = this.shipper;
    return { unshipped, behindMs, problem };
  }

  override append(entry: JournalEntry): Promise<number> {
    return this.local.append(entry);
  }

  override head(): number {
    return this.local.head();
  }

  override link(sequence: number): Promise<string | undefined> {
    return this.local.link(sequence);
  }

  override read(after: number, maxCount: number): Promise<readonly RecordedEntry[]> {
    return this.local.read(after, maxCount);
  }

  override onDurable(listener: (entries: readonly RecordedEntry[]) => void): () => void {
    return this.local.onDurable(listener);
  }

  override writable(): boolean {
    return this.local.writable();
  }

  override eraseDetail(account: string, month: string): Promise<void> {
    return this.local.eraseDetail(account, month);
  }

  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.local.close();
    await this.shipper.finish(FINISH_WITHIN_MS);
  }
}
