import type { RecordedEntry } from '@claviger/ports';
import type { OpenedEvent } from './fold.js';

/** What the feeds need of the file they feed. */
export interface Outbox {
  /** Bytes posted to the worker and not folded yet, about. */
  readonly inFlight: number;
  /** Counts erasures asked for: what was read before the last one may hold details that must not be posted any more. */
  readonly erasures: number;
  postEntries(entries: readonly RecordedEntry[], size: number): void;
  postEvents(events: readonly OpenedEvent[], size: number): void;
  /** Resolves when there is room for more, or the feeds were reset. */
  room(): Promise<void>;
}
