import type { EntryDetail } from '@claviger/ports';

/** Seals and opens the personal part of events, under the detail key of the account and month. */
export abstract class EventDetails {
  /** Base64. @param at epoch milliseconds */
  abstract seal(account: string, at: number, eventId: string, detail: EntryDetail): Promise<string>;

  /** Empty when the key was destroyed or the ciphertext does not verify. */
  abstract open(account: string, at: number, eventId: string, sealed: string): Promise<EntryDetail>;
}
