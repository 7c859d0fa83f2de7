import type { RandomSource, SecretBytes } from '@claviger/crypto';
import type { Clock } from '@claviger/platform';
import type { DetailKeys, EventStore } from '@claviger/ports';

/** What happens beside the calls, for log, metrics and readiness. Nothing in it is secret. */
export type JournalNotice =
  /** A group could not be stored, or nobody knows; its calls have failed. */
  | { readonly kind: 'group-failed'; readonly calls: number; readonly error: Error }
  /** Nothing can be recorded until a look at the store succeeds. */
  | { readonly kind: 'unwritable'; readonly error: Error; readonly nextAttemptMs: number }
  /** Groups whose calls had failed were found stored after all; they are part of the journal. */
  | { readonly kind: 'adopted'; readonly entries: number }
  | { readonly kind: 'listener-failed'; readonly error: unknown };

export interface EventStoreJournalOptions {
  /**
   * Not authenticated by another layer: groups are chained under the journal key. Best in a namespace of its own, so that entries do not
   * travel to the read models. It is not closed with the journal.
   */
  readonly store: EventStore;
  /** The stream is `audit-journal-<node>`; one process at a time writes under this name. */
  readonly node: string;
  /** 32 bytes that serve nothing else; copied. */
  readonly journalKey: SecretBytes;
  readonly detailKeys: DetailKeys;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly notice?: (notice: JournalNotice) => void;
  /** Waiting calls: beyond either bound, or after that time, `JournalOverloaded`. */
  readonly limits?: { readonly calls?: number; readonly bytes?: number; readonly milliseconds?: number };
}

export const DEFAULT_LIMITS = { calls: 8192, bytes: 16 << 20, milliseconds: 2000 };
