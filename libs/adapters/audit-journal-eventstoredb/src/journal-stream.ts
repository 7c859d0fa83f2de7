import type { SecretBytes } from '@claviger/crypto';
import {
  type EventStore,
  groupEvent,
  type JournalCopy,
  type JournalCopyEnd,
  type JournalKeys,
  journalKeys,
  NO_STREAM,
  type WrittenGroup,
} from '@claviger/ports';
import { GroupFinder } from './group-finder.js';
import { findTail, streamOf } from './tail.js';

export interface JournalStreamOptions {
  /** As for the journal itself; appends of several events are read back by it. */
  readonly store: EventStore;
  /** The stream is `audit-journal-<node>`; one process at a time writes under this name. */
  readonly node: string;
  /** The key under which the groups were made; copied. */
  readonly journalKey: SecretBytes;
}

/** The stream of a node whose journal is written elsewhere: its groups are copied here as they are, one event each. */
export class JournalStream implements JournalCopy {
  readonly #stream: string;
  readonly #finder: GroupFinder;
  readonly #keys: JournalKeys;
  /** Of the next group's event. */
  #revision = 0;

  /** @throws RangeError for a bad node name */
  constructor(private readonly options: JournalStreamOptions) {
    this.#stream = streamOf(options.node);
    this.#finder = new GroupFinder(options.store, this.#stream);
    this.#keys = journalKeys(options.journalKey);
  }

  async look(): Promise<JournalCopyEnd> {
    const { place, revision, journalId } = await findTail(this.#finder, this.#keys);
    this.#revision = revision;
    return { place, journalId };
  }

  async append(groups: readonly WrittenGroup[], journalId: Uint8Array): Promise<void> {
    const { node, store } = this.options;
    const events = groups.map(({ payload }) => groupEvent(node, payload, journalId));
    const expected = this.#revision === 0 ? NO_STREAM : this.#revision - 1;
    await store.append(this.#stream, expected, events);
    this.#revision += events.length;
  }

  wipe(): void {
    this.#keys.wipe();
  }
}
