/** Why a record is not as it was written. */
export type ViolationReason =
  /** Its bytes, or the bytes around it, are not those that were written. */
  | 'changed'
  /** It is not there, although something later proves that it was. */
  | 'removed'
  /** From it on the links were made without the journal key. */
  | 're-chained'
  /** The journal ends before it, and the anchor proves that it was there. */
  | 'tail-cut'
  /** The anchor names another record under this sequence: another history. */
  | 'differs-from-anchor';

/** The first record that does not verify. */
export interface Violation {
  readonly sequence: number;
  /** `detail`: the sealed personal part of the group that starts with this record. */
  readonly part: 'entry' | 'detail' | 'segment header';
  readonly segment: number;
  /** In the segment, in bytes of its uncompressed form. */
  readonly offset: number;
  readonly reason: ViolationReason;
}

export interface ChainHead {
  readonly sequence: number;
  /** Hex. */
  readonly link: string;
}

export interface ChainReport {
  /** First record that is there: later than 1 after retention has removed some. */
  readonly first: number;
  /** Records that were verified. */
  readonly entries: number;
  readonly segments: number;
  /** Last record that verified. */
  readonly head: ChainHead;
  /** The rest of an interrupted flush at the end, nothing of which was ever acknowledged. The next start of the service voids it. */
  readonly torn: { readonly segment: number; readonly offset: number } | undefined;
  /** False when the anchor names a record before the first one that is still there. */
  readonly anchorChecked: boolean;
}

export type ChainVerdict =
  | (ChainReport & { readonly ok: true })
  | (ChainReport & { readonly ok: false; readonly violation: Violation });

/** In words, for people. */
export function describeViolation(violation: Violation): string {
  const { sequence, part, segment, offset } = violation;
  const where = `segment ${segment}, offset ${offset}`;
  const what = part === 'entry' ? `record ${sequence}` : `the ${part} of record ${sequence}`;
  switch (violation.reason) {
    case 'changed':
      return `${what} was changed (${where})`;
    case 'removed':
      return `${what} was removed (${where})`;
    case 're-chained':
      return `from ${what} on the chain was made without the journal key (${where})`;
    case 'tail-cut':
      return `${what} is missing at the end although the anchor names it (${where})`;
    case 'differs-from-anchor':
      return `${what} is not the one that the anchor names (${where})`;
  }
}
