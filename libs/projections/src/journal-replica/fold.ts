import { JOURNAL_PREFIX } from '@claviger/domain';
import type { EventRecord, JournalKeys } from '@claviger/ports';
import type { LocalGroup, ReplicaFile } from './file.js';
import { type GapMark, judge, type KnownJournal, unknownJournal } from './known-journal.js';

/** What a batch of events brought. */
export interface Folded {
  readonly groups: readonly LocalGroup[];
  readonly gaps: readonly (GapMark & { readonly node: string })[];
}

/** Takes events of journals into the file, in their order: a batch is one transaction, the position included. */
export class ReplicaFold {
  #journals: ReadonlyMap<string, KnownJournal>;
  #position: bigint;
  #head: number;

  constructor(
    private readonly file: ReplicaFile,
    private readonly keys: JournalKeys,
  ) {
    this.#journals = new Map(file.journals().map((journal) => [journal.node, journal]));
    this.#position = file.position();
    this.#head = file.head();
  }

  /** Of the last event that is in. */
  get position(): bigint {
    return this.#position;
  }

  /** Local sequence of the last entry. */
  get head(): number {
    return this.#head;
  }

  get journals(): readonly KnownJournal[] {
    return [...this.#journals.values()];
  }

  /** The store's log ends before what was taken in: an older copy has taken its place. What is here stays; the store is followed from there. */
  stepBack(position: bigint): void {
    this.file.write(position, [], []);
    this.#position = position;
  }

  /** @param now epoch milliseconds @throws SQLite's errors; everything is then as before */
  events(events: readonly EventRecord[], now: number): Folded {
    const changed = new Map<string, KnownJournal>();
    const groups: LocalGroup[] = [];
    const gaps: Folded['gaps'][number][] = [];
    let [position, head] = [this.#position, this.#head];
    const put = (entries: number, node: string, content: LocalGroup['content']): void => {
      groups.push({ first: head + 1, entries, node, at: now, content });
      head += entries;
    };
    for (const event of events) {
      if (event.position <= position) continue;
      position = event.position;
      const node = event.stream.slice(JOURNAL_PREFIX.length);
      const known = changed.get(node) ?? this.#journals.get(node) ?? unknownJournal(node);
      const { journal, gap, group } = judge(known, event, this.keys);
      changed.set(node, journal);
      if (gap !== undefined) {
        put(1, node, { kind: 'mark', mark: gap });
        gaps.push({ ...gap, node });
      }
      if (group === undefined) continue;
      const { payload, journalId } = group;
      put(group.group.entries, node, { kind: 'group', payload, journalId });
    }
    if (position === this.#position) return { groups, gaps };
    this.file.write(position, changed.values(), groups);
    this.#journals = new Map([...this.#journals, ...changed]);
    this.#position = position;
    this.#head = head;
    return { groups, gaps };
  }
}
