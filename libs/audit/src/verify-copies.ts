import { firstLink } from '@claviger/crypto';
import { asBuffer, type ChainPlace, checkGroup, isFault, journalKeys, parseGroupHeader } from '@claviger/ports';
import { OfflineSeal, openJournalKey } from './offline-keys.js';

/** A group of one node's journal as another node keeps its copy, or the mark that stands where some are missing. */
export interface CopiedGroup {
  readonly node: string;
  /** Where it stands among the copies of all nodes. */
  readonly place: number;
  readonly content: { readonly payload: Uint8Array } | { readonly mark: string };
}

export interface CopiesAtHand {
  /** Bytes of the seal's key file; lent. */
  readonly keyFile: Uint8Array;
  /** Text of the wrapped key beside the copies. */
  readonly journalKey: string;
  /** In the order in which they were taken in. */
  readonly groups: Iterable<CopiedGroup>;
}

export interface CopyVerdict {
  readonly node: string;
  /** Entries that verify. */
  readonly entries: number;
  /** Its last one. */
  readonly head: { readonly sequence: number; readonly link: string };
  /** What was marked when it was taken in, and what does not verify now, in words. */
  readonly wrong: readonly string[];
}

/**
 * Verifies the copies of the journals of all nodes, each against its own chain, with nothing but them and the seal's key. It cannot see
 * entries that were cut from the end of a journal before this node took them in, nor what a process that holds the key writes.
 * @throws CannotVerify when the keys do not open
 */
export async function verifyCopies({ keyFile, journalKey, groups }: CopiesAtHand): Promise<readonly CopyVerdict[]> {
  using seal = OfflineSeal.of(keyFile);
  using secret = await openJournalKey(seal, journalKey);
  const keys = journalKeys(secret);
  const journals = new Map<string, CopiedJournal>();
  try {
    for (const group of groups) {
      const journal = journals.get(group.node) ?? new CopiedJournal();
      journals.set(group.node, journal);
      journal.take(group, (payload, place) => {
        const checked = checkGroup(payload, place, keys);
        return isFault(checked) ? undefined : checked;
      });
    }
  } finally {
    keys.wipe();
  }
  return [...journals].map(([node, { entries, place, wrong }]) => ({
    node,
    entries,
    head: { sequence: place.next - 1, link: Buffer.from(place.link).toString('hex') },
    wrong,
  }));
}

class CopiedJournal {
  entries = 0;
  place: ChainPlace = { next: 1, link: firstLink() };
  readonly wrong: string[] = [];
  /** Behind a mark the chain begins anew with the next group. */
  #marked = false;

  take(
    { place: at, content }: CopiedGroup,
    check: (payload: Buffer, place: ChainPlace) => ChainPlace | undefined,
  ): void {
    if ('mark' in content) {
      this.wrong.push(content.mark);
      this.#marked = true;
      return;
    }
    const payload = asBuffer(content.payload);
    const own = ownPlace(payload);
    const start = this.#marked ? own : this.place;
    const after = start && check(payload, start);
    if (after !== undefined && start !== undefined) {
      this.entries += after.next - start.next;
      this.place = after;
      this.#marked = false;
      return;
    }
    this.wrong.push(
      `the copy at place ${at} was changed, or what stood before it was taken out (entry ${this.place.next})`,
    );
    // What lies behind it is judged by itself again.
    const resumed = own && check(payload, own);
    if (resumed !== undefined && own !== undefined) {
      this.entries += resumed.next - own.next;
      this.place = resumed;
    } else this.#marked = true;
  }
}

function ownPlace(payload: Buffer): ChainPlace | undefined {
  const header = parseGroupHeader(payload);
  return header && { next: header.firstSequence, link: header.previousLink };
}
