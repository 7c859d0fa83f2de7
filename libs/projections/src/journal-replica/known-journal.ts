import { constantTimeEqual, firstLink } from '@claviger/crypto';
import {
  type ChainPlace,
  checkGroup,
  type EventRecord,
  type GroupInStream,
  isFault,
  type JournalKeys,
  parseGroupEvent,
} from '@claviger/ports';

/** How far the journal of one node is known. */
export interface KnownJournal {
  readonly node: string;
  /** Of the event that should come next. */
  readonly revision: number;
  readonly place: ChainPlace;
  /** Undefined before its first group. */
  readonly journalId: Uint8Array | undefined;
  /** The last event was no sound group: a mark stands for it, and for what is missing until the next one. */
  readonly broken: boolean;
  /** Marks that stand in its place. */
  readonly gaps: number;
}

/** What stands for entries that are not there, or cannot be read. */
export interface GapMark {
  /** How many entries; 1 where nobody knows. */
  readonly calls: number;
  readonly damaged: string;
}

export interface Judged {
  readonly journal: KnownJournal;
  /** Before the group. */
  readonly gap?: GapMark;
  readonly group?: GroupInStream;
}

export const unknownJournal = (node: string): KnownJournal => ({
  node,
  revision: 0,
  place: { next: 1, link: firstLink() },
  journalId: undefined,
  broken: false,
  gaps: 0,
});

/**
 * Judges the next event of a journal. A group that verifies in itself was made with the journal key, and is taken in whatever lies before
 * it; what is missing before it, or does not verify, is told by one mark. Total.
 */
export function judge(journal: KnownJournal, event: EventRecord, keys: JournalKeys): Judged {
  const group = parseGroupEvent(event);
  const after = group && placeAfter(group, keys);
  if (group === undefined || after === undefined) return damaged(journal, event, 'does not verify');
  const { firstSequence: first, previousLink } = group.group;
  const { next, link } = journal.place;
  const contiguous = first === next && constantTimeEqual(previousLink, link);
  const sameJournal = journal.journalId === undefined || constantTimeEqual(journal.journalId, group.journalId);
  // Its details would not open: they are bound to the journal's id, which the links do not cover.
  if (contiguous && !sameJournal) {
    const judged = damaged(journal, event, 'claims to be of another journal');
    return { ...judged, journal: { ...judged.journal, place: after } };
  }
  const sound = {
    ...journal,
    revision: event.revision + 1,
    place: after,
    journalId: Uint8Array.from(group.journalId),
    broken: false,
  };
  const gap = contiguous ? undefined : gapBefore(journal, first);
  if (gap === undefined) return { journal: sound, group };
  return { journal: { ...sound, gaps: journal.gaps + 1 }, gap, group };
}

/** The place behind a group that was made with the journal key; undefined for any other. */
function placeAfter({ payload, group }: GroupInStream, keys: JournalKeys): ChainPlace | undefined {
  const checked = checkGroup(payload, { next: group.firstSequence, link: group.previousLink }, keys);
  return isFault(checked) ? undefined : checked;
}

function damaged(journal: KnownJournal, event: EventRecord, how: string): Judged {
  const { node, place, broken, gaps } = journal;
  const known = { ...journal, revision: event.revision + 1, broken: true };
  // One mark for all that follow each other: who can write junk must not fill the view with it.
  if (broken) return { journal: known };
  const text = `event ${event.revision} of the journal of node ${node} ${how}: entries from ${place.next} on are not there`;
  return { journal: { ...known, gaps: gaps + 1 }, gap: { calls: 1, damaged: text } };
}

function gapBefore({ node, place, broken }: KnownJournal, first: number): GapMark | undefined {
  const { next } = place;
  if (first > next) {
    // The mark of the damage says already that entries are missing up to here.
    if (broken) return undefined;
    const damaged = `entries ${next} to ${first - 1} of the journal of node ${node} are missing`;
    return { calls: first - next, damaged };
  }
  const damaged =
    first === next
      ? `entry ${first} of the journal of node ${node} was not written behind the entry ${next - 1} that was seen here`
      : `the journal of node ${node} goes on with entry ${first} although entry ${next - 1} was seen here: an older copy took its place`;
  return { calls: 1, damaged };
}
