import { firstLink } from '@claviger/crypto';
import { journalStream } from '@claviger/domain';
import {
  type ChainPlace,
  checkGroup,
  type GroupInStream,
  isFault,
  JournalDamaged,
  type JournalKeys,
} from '@claviger/ports';
import type { GroupFinder } from './group-finder.js';

const NODE = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws RangeError for a bad name of a node */
export function streamOf(node: string): string {
  if (!NODE.test(node)) throw new RangeError(`the name of a node is ${NODE.source}`);
  return journalStream(node);
}

/** Where the journal goes on. */
export interface Tail {
  readonly place: ChainPlace;
  /** Of the next group's event. */
  readonly revision: number;
  /** Undefined for an empty journal. */
  readonly journalId: Uint8Array | undefined;
}

/** The place after a group that stands at `place`. @throws JournalDamaged */
export function placeAfter({ payload, revision }: GroupInStream, place: ChainPlace, keys: JournalKeys): ChainPlace {
  const checked = checkGroup(payload, place, keys);
  if (isFault(checked)) throw new JournalDamaged(`entry ${checked.sequence} was ${checked.reason}`, 0, revision);
  return checked;
}

/** From the last group, verified in itself; what lies before it is for `audit verify`. @throws JournalDamaged, EventStoreUnavailable */
export async function findTail(finder: GroupFinder, keys: JournalKeys): Promise<Tail> {
  const last = await finder.last();
  if (last === undefined) return { place: { next: 1, link: firstLink() }, revision: 0, journalId: undefined };
  const { firstSequence, previousLink } = last.group;
  const place = placeAfter(last, { next: firstSequence, link: previousLink }, keys);
  return { place, revision: last.revision + 1, journalId: last.journalId };
}
