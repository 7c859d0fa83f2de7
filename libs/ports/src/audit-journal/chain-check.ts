import { constantTimeEqual, LINK_LENGTH } from '@claviger/crypto';
import { GROUP_HEADER_LENGTH, type JournalRecord, lastLink, parseGroupHeader, parseRecord } from './group-format.js';
import type { JournalKeys } from './journal-keys.js';

/** Where the chain stands: the next sequence, and the link before it. */
export interface ChainPlace {
  readonly next: number;
  readonly link: Uint8Array;
}

/** `re-chained`: from here on the links were made with another key. `removed`: the record is not there. */
export type ChainFaultReason = 'changed' | 'removed' | 're-chained';

export interface ChainFault {
  /** The first record that is not as it was written; for a detail record, the first entry of its group. */
  readonly sequence: number;
  readonly part: 'entry' | 'detail';
  /** Offset in the group's payload. */
  readonly offset: number;
  readonly reason: ChainFaultReason;
}

/** Checks a group against the chain: the place after it, or its first fault. Total. */
export function checkGroup(payload: Buffer, place: ChainPlace, keys: JournalKeys): ChainPlace | ChainFault {
  const header = parseGroupHeader(payload);
  let next = place.next;
  let link = place.link;
  const fault = (reason: ChainFaultReason, offset = 0, part: ChainFault['part'] = 'entry'): ChainFault => {
    return { sequence: next, part, offset, reason };
  };
  if (header === undefined) return fault('changed');
  if (header.firstSequence !== next) return fault(header.firstSequence > next ? 'removed' : 'changed');
  if (!constantTimeEqual(header.previousLink, link)) return fault('changed');
  let offset = GROUP_HEADER_LENGTH;
  while (offset < payload.length) {
    const record = parseRecord(payload, offset);
    if (record === undefined) return fault('changed', offset);
    const misplaced = placeOf(record, next, header.firstSequence);
    if (misplaced !== undefined) return fault(misplaced, offset, record.kind);
    if (!constantTimeEqual(keys.linker(link, record.bytes), record.link)) {
      return fault(changedOrRechained(payload, record, keys), offset, record.kind);
    }
    link = record.link;
    if (record.kind === 'entry') next++;
    offset += record.bytes.length + LINK_LENGTH;
  }
  if (next - place.next !== header.entries)
    return fault(next - place.next < header.entries ? 'removed' : 'changed', offset);
  return { next, link: Uint8Array.from(lastLink(payload)) };
}

export function isFault(checked: ChainPlace | ChainFault): checked is ChainFault {
  return 'reason' in checked;
}

function placeOf(record: JournalRecord, next: number, first: number): 'changed' | 'removed' | undefined {
  const found = record.kind === 'entry' ? record.sequence : record.firstSequence;
  const expected = record.kind === 'entry' ? next : first;
  if (found === expected) return undefined;
  return found > expected ? 'removed' : 'changed';
}

/** If the record after it hangs on its stored link, only this record was changed. */
function changedOrRechained(payload: Buffer, record: JournalRecord, keys: JournalKeys): 'changed' | 're-chained' {
  const following = parseRecord(payload, record.offset + record.bytes.length + LINK_LENGTH);
  if (following === undefined) return 'changed';
  return constantTimeEqual(keys.linker(record.link, following.bytes), following.link) ? 'changed' : 're-chained';
}
