import type { EventMetadata } from '@claviger/domain';
import type { EntryDetail } from '@claviger/ports';

/** Seals and opens the personal part of events, under the detail key of the account and month. */
export abstract class EventDetails {
  /** @param at epoch milliseconds @param commandId bound to the ciphertext */
  abstract seal(account: string, at: number, commandId: string, detail: EntryDetail): Promise<string>;

  /** Empty when there is none, when its key was destroyed, and when the ciphertext does not verify. */
  abstract open(metadata: EventMetadata): Promise<EntryDetail>;
}
