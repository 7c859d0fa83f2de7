import type { JournalEntry } from './contract.js';

const MAX_OPEN_LENGTH = 16 << 10;
const MAX_DETAIL_LENGTH = 128 << 10;
const ACCOUNT = /^[\x21-\x7e]{1,12}$/;

/** What every journal refuses alike. @param most bytes that an entry may cost in this one */
export function entryRefusal(entry: JournalEntry, cost: number, most: number): RangeError | undefined {
  if (entry.open.length >= MAX_OPEN_LENGTH || entry.detail.length > MAX_DETAIL_LENGTH || cost > most) {
    return new RangeError(`an audit entry of ${entry.open.length} + ${entry.detail.length} characters is too large`);
  }
  if (!ACCOUNT.test(entry.account)) return new RangeError('the account of an audit entry has 1 to 12 ASCII characters');
  if (!Number.isSafeInteger(entry.at) || entry.at < 0) {
    return new RangeError(`"${entry.at}" is no moment in milliseconds`);
  }
  return undefined;
}
