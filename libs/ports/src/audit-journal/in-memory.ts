import { createLinker, firstLink, HmacSha256 } from '@claviger/crypto';
import { AuditJournal, type JournalEntry, JournalUnavailable, type RecordedEntry } from './contract.js';
import { isMonth, monthOf } from './detail-keys.js';

/** Reference implementation: nothing is durable, everything else is as the contract says. */
export class InMemoryAuditJournal extends AuditJournal {
  readonly #entries: RecordedEntry[] = [];
  readonly #links: Uint8Array[] = [firstLink()];
  readonly #linker = createLinker(new HmacSha256(new Uint8Array(32)));
  #listeners: readonly ((entries: readonly RecordedEntry[]) => void)[] = [];
  #waiting: { readonly entry: JournalEntry; readonly done: (sequence: number) => void }[] = [];
  #closed = false;

  /** @param onListenerError where exceptions of listeners go */
  constructor(private readonly onListenerError: (error: unknown) => void = () => undefined) {
    super();
  }

  override append(entry: JournalEntry): Promise<number> {
    if (this.#closed) return Promise.reject(new JournalUnavailable('the audit journal is closed'));
    if (
      entry.open.length >= 16 << 10 ||
      !/^[\x21-\x7e]{1,12}$/.test(entry.account) ||
      !Number.isSafeInteger(entry.at)
    ) {
      return Promise.reject(new RangeError('an audit entry is too large or malformed'));
    }
    return new Promise((done) => {
      this.#waiting.push({ entry, done });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  override head(): number {
    return this.#entries.length;
  }

  override link(sequence: number): Promise<string | undefined> {
    const link = this.#links[sequence];
    return Promise.resolve(link && Buffer.from(link).toString('hex'));
  }

  override read(after: number, maxCount: number): Promise<readonly RecordedEntry[]> {
    return Promise.resolve(this.#entries.slice(after, after + maxCount));
  }

  override onDurable(listener: (entries: readonly RecordedEntry[]) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  override writable(): boolean {
    return !this.#closed;
  }

  override eraseDetail(account: string, month: string): Promise<void> {
    if (!isMonth(month)) return Promise.reject(new RangeError(`a month is written like 2026-11, found "${month}"`));
    this.#flush();
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.account !== account || monthOf(entry.at) !== month || entry.detail === '') continue;
      this.#entries[index] = { ...entry, detail: '', erased: true };
    }
    return Promise.resolve();
  }

  override close(): Promise<void> {
    this.#closed = true;
    this.#flush();
    return Promise.resolve();
  }

  #flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    const recorded = group.map(({ entry }) => {
      const made = { ...entry, sequence: this.#entries.length + 1, erased: false };
      this.#entries.push(made);
      this.#links.push(this.#linker(this.#links.at(-1) ?? firstLink(), Buffer.from(entry.open)));
      return made;
    });
    for (const listener of this.#listeners) {
      try {
        listener(recorded);
      } catch (error) {
        this.onListenerError(error);
      }
    }
    for (const [index, { done }] of group.entries()) done(recorded[index]?.sequence ?? 0);
  }
}
