import { type EventStore, type GroupInStream, JournalDamaged, parseGroupEvent } from '@claviger/ports';

/** Of so many groups one is remembered: the others are a few reads away. */
const REMEMBERED_EVERY = 64;

/** Finds groups in the stream by the sequences in them. */
export class GroupFinder {
  /** Ascending in both. */
  readonly #known: { readonly revision: number; readonly firstSequence: number }[] = [];

  constructor(
    private readonly store: EventStore,
    private readonly stream: string,
  ) {}

  note({
    revision,
    group,
  }: Pick<GroupInStream, 'revision'> & { readonly group: { readonly firstSequence: number } }): void {
    if (revision % REMEMBERED_EVERY !== 0) return;
    const at = this.#known.findLastIndex((one) => one.revision <= revision) + 1;
    if (this.#known[at - 1]?.revision === revision) return;
    this.#known.splice(at, 0, { revision, firstSequence: group.firstSequence });
  }

  /** Groups from a revision on. @throws JournalDamaged, EventStoreUnavailable */
  async from(revision: number, maxCount: number): Promise<readonly GroupInStream[]> {
    const events = await this.store.readStream(this.stream, revision, maxCount);
    return events.map((event, i) => {
      const group = parseGroupEvent(event);
      if (group === undefined || event.revision !== revision + i) {
        throw new JournalDamaged('this is no group of the journal', 0, revision + i);
      }
      this.note(group);
      return group;
    });
  }

  async at(revision: number): Promise<GroupInStream | undefined> {
    return (await this.from(revision, 1))[0];
  }

  /** The newest group; undefined for an empty stream. The port cannot be asked for it: it is searched by doubling and halving. */
  async last(): Promise<GroupInStream | undefined> {
    let found = await this.at(0);
    if (found === undefined) return undefined;
    let missing = 1;
    for (let next = await this.at(missing); next !== undefined; next = await this.at(missing)) {
      found = next;
      missing *= 2;
    }
    while (missing - found.revision > 1) {
      const middle = found.revision + Math.floor((missing - found.revision) / 2);
      const there = await this.at(middle);
      if (there === undefined) missing = middle;
      else found = there;
    }
    return found;
  }

  /** Revision of the group that holds a sequence. @param end revision behind the last group. The sequence MUST be in the journal */
  async revisionOf(sequence: number, end: number): Promise<number> {
    const at = this.#known.findLastIndex((one) => one.firstSequence <= sequence);
    let low = this.#known[at]?.revision ?? 0;
    let high = Math.min(this.#known[at + 1]?.revision ?? end, end);
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2);
      const group = await this.at(middle);
      if (group !== undefined && group.group.firstSequence <= sequence) low = middle;
      else high = middle;
    }
    return low;
  }
}
