import type { ChainPlace } from './chain-check.js';
import { AuditJournal } from './contract.js';

/** A group as it was written: entries, sealed details and links, in the form of `group-format.ts`, without a frame. */
export interface WrittenGroup {
  readonly payload: Buffer;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** A journal whose groups can be copied as they are. */
export abstract class GroupedAuditJournal extends AuditJournal {
  /** 16 bytes, part of what seals the details. */
  abstract readonly journalId: Uint8Array;

  /**
   * Whole groups behind the entry `after`, which ends one, in order, as far as they are durable: at most `maxCount`, and at most
   * `maxBytes` unless the first alone has more. MUST work after `close` too.
   * @throws JournalDamaged, the system's errors
   */
  abstract groups(after: number, maxCount: number, maxBytes: number): Promise<readonly WrittenGroup[]>;
}

/** Where a copy of a journal ends. */
export interface JournalCopyEnd {
  /** The next sequence, and the link before it. */
  readonly place: ChainPlace;
  /** Undefined for an empty copy. */
  readonly journalId: Uint8Array | undefined;
}

/** Where groups are copied to. One process at a time writes it. */
export interface JournalCopy {
  /** Looks at what is there. @throws JournalDamaged when the end was not made with the journal's key; EventStoreUnavailable */
  look(): Promise<JournalCopyEnd>;

  /**
   * Appends groups behind the end that {@link look} found and earlier appends have moved. All of them are durable on return. After an
   * error nobody knows: look before the next append.
   */
  append(groups: readonly WrittenGroup[], journalId: Uint8Array): Promise<void>;
}
