import { formatInstant } from '@claviger/domain';
import type { OpenEntry, RecordedEntry } from '@claviger/ports';
import { DAMAGED, NO_ACCOUNT } from './audit-view/row.js';

export interface Damage {
  /** Of the mark itself. */
  readonly sequence: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whose journal it is; `-` where that goes without saying. */
  readonly node: string;
  /** How many entries it stands for; 1 where nobody knows. */
  readonly calls: number;
  /** A sentence. */
  readonly damaged: string;
}

/** The entry that stands for others that are not there, or cannot be read: an auditor sees it among the rest. */
export function damageMark({ sequence, at, node, calls, damaged }: Damage): RecordedEntry {
  const open: OpenEntry = {
    v: 1,
    id: '',
    at: formatInstant(at),
    node,
    protocol: '-',
    operation: '-',
    result: 'failure',
    error: DAMAGED,
    calls,
    extra: { damaged },
  };
  return { sequence, account: NO_ACCOUNT, at, open: JSON.stringify(open), detail: '', erased: false };
}
