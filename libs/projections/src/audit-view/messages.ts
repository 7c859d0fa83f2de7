import type { RecordedEntry } from '@claviger/ports';
import type { AuditFilter } from './filter.js';
import type { AuditCheckpoint, OpenedEvent } from './fold.js';
import type { AuditPage } from './query.js';

/** Entries as they cross to the worker: six values each in one flat array, which is cheaper to copy than objects. */
export type PackedEntries = readonly (string | number | boolean)[];

const FIELDS = 6;

export function packEntries(entries: readonly RecordedEntry[]): PackedEntries {
  const packed: (string | number | boolean)[] = [];
  let i = 0;
  for (const { sequence, account, at, open, detail, erased } of entries) {
    packed[i] = sequence;
    packed[i + 1] = account;
    packed[i + 2] = at;
    packed[i + 3] = open;
    packed[i + 4] = detail;
    packed[i + 5] = erased;
    i += FIELDS;
  }
  return packed;
}

export function unpackEntries(packed: PackedEntries): readonly RecordedEntry[] {
  const entries: RecordedEntry[] = [];
  for (let i = 0; i + FIELDS <= packed.length; i += FIELDS) {
    entries.push({
      sequence: Number(packed[i]),
      account: String(packed[i + 1]),
      at: Number(packed[i + 2]),
      open: String(packed[i + 3]),
      detail: String(packed[i + 4]),
      erased: packed[i + 5] === true,
    });
  }
  return entries;
}

/** What the worker folds. `epoch` tells batches of one run of the feeds from those of the next; `size` is given back when it is in. */
export type FoldMessage =
  | { readonly kind: 'entries'; readonly epoch: number; readonly size: number; readonly entries: PackedEntries }
  | { readonly kind: 'events'; readonly epoch: number; readonly size: number; readonly events: readonly OpenedEvent[] };

export interface SearchMessage {
  readonly kind: 'search';
  readonly id: number;
  readonly filter: AuditFilter;
  readonly cursor: string | undefined;
  readonly limit: number;
}

export interface EraseMessage {
  readonly kind: 'erase';
  readonly id: number;
  readonly account: string;
  readonly month: string;
}

export type ToWorker = FoldMessage | SearchMessage | EraseMessage | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready'; readonly checkpoint: AuditCheckpoint }
  | { readonly kind: 'folded'; readonly epoch: number; readonly size: number; readonly checkpoint: AuditCheckpoint }
  /** Nothing of this epoch that lies behind will be folded. */
  | { readonly kind: 'foldFailed'; readonly epoch: number; readonly reason: string }
  | { readonly kind: 'found'; readonly id: number; readonly page: AuditPage; readonly checkpoint: AuditCheckpoint }
  | { readonly kind: 'erased'; readonly id: number }
  | { readonly kind: 'refused'; readonly id: number; readonly error: string; readonly message: string }
  /** The file must be thrown away; the worker ends. */
  | { readonly kind: 'unusable'; readonly reason: string };
