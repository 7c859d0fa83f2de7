import type { JournalEntry } from './contract.js';
import { type DetailKey, type DetailKeys, monthOf } from './detail-keys.js';
import type { WaitingRoom } from './waiting-room.js';

/** Hands out the detail key of an entry, and erases keys without a gap: no entry is ever sealed under a key that is being destroyed. */
export class DetailKeyDesk {
  readonly #erasing = new Map<string, Promise<void>>();
  #month = '';
  /** The month's moments: from inclusive, to exclusive. */
  #from = 1;
  #to = 0;

  constructor(
    private readonly keys: DetailKeys,
    private readonly room: WaitingRoom,
  ) {}

  /** The key, if it is at hand without I/O. */
  atHand(entry: JournalEntry): DetailKey | undefined {
    const month = this.#monthOf(entry.at);
    if (this.#erasing.size > 0 && this.#erasing.has(idOf(entry.account, month))) return undefined;
    return this.keys.cached(entry.account, month);
  }

  async fetch(entry: JournalEntry): Promise<DetailKey> {
    const month = this.#monthOf(entry.at);
    // Once is enough: an erasure that begins meanwhile waits for this entry.
    await this.#erasing.get(idOf(entry.account, month))?.catch(() => undefined);
    return this.keys.forWriting(entry.account, month);
  }

  erase(account: string, month: string): Promise<void> {
    const id = idOf(account, month);
    const before = this.#erasing.get(id);
    if (before !== undefined) return before;
    const erased = this.#erase(account, month).finally(() => this.#erasing.delete(id));
    this.#erasing.set(id, erased);
    return erased;
  }

  async #erase(account: string, month: string): Promise<void> {
    // 1. What waits is written first, under the old key: its detail is erased with the rest. Later entries wait for the next key.
    await this.room.gone(({ account: theirs, at, detail }) => {
      return detail !== '' && theirs === account && monthOf(at) === month;
    });
    // 2. Now nobody holds the key.
    await this.keys.erase(account, month);
  }

  #monthOf(at: number): string {
    if (at >= this.#from && at < this.#to) return this.#month;
    const month = monthOf(at);
    const [year, number] = [Number(month.slice(0, -3)), Number(month.slice(-2))];
    this.#month = month;
    this.#from = Date.UTC(year, number - 1);
    this.#to = Date.UTC(year, number);
    return month;
  }
}

const idOf = (account: string, month: string): string => `${account} ${month}`;
