// Nodes that write their journals into one event store, and replicas that read them.
import { EventStoreAuditJournal } from '@claviger/adapters/audit-journal-eventstoredb';
import { SecretBytes } from '@claviger/crypto';
import { journalStream } from '@claviger/domain';
import { SystemClock, SystemIds } from '@claviger/platform';
import {
  type AuditJournal,
  type EventRecord,
  type EventStore,
  InMemoryDetailKeys,
  InMemoryEventStore,
  type NewEvent,
} from '@claviger/ports';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalReplica, type JournalReplicaOptions, type ReplicaNotice } from '@claviger/projections';

export const clock = new SystemClock();
export const ids = new SystemIds(clock);
export const journalKey = SecretBytes.take(new Uint8Array(32).fill(7));

export const ACCOUNT = '111122223333';
export const KEY = '0b6f1f8e-3a52-4c0f-9d2e-6d1a5c7b8e90';
/** 2026-03-10T15:00Z. */
const AT = Date.UTC(2026, 2, 10, 15);
const CALL = {
  v: 1,
  principal: 'user-1',
  account: ACCOUNT,
  region: 'eu-central-1',
  protocol: 'aws-kms',
  operation: 'Decrypt',
  result: 'success',
  key: KEY,
  version: 1,
};

export class Nodes {
  readonly folder = mkdtempSync(join(tmpdir(), 'journals-'));
  readonly notices: ReplicaNotice[] = [];
  readonly #journals = new Map<string, AuditJournal>();
  readonly #replicas: JournalReplica[] = [];

  constructor(
    readonly store: EventStore = new InMemoryEventStore(),
    readonly detailKeys = new InMemoryDetailKeys(randomBytes),
  ) {}

  /** Some calls answered on a node; each is named after it. Resolves when all of them are recorded. */
  async calls(
    node: string,
    count: number,
    open: Record<string, unknown> & { readonly at?: number } = {},
  ): Promise<void> {
    const journal = await this.journal(node);
    const first = journal.head() + 1;
    await Promise.all(
      Array.from({ length: count }, (_, i) => {
        const n = first + i;
        const { at = AT + n, ...more } = open;
        const text = JSON.stringify({ ...CALL, node, id: `${node}-${n}`, at: new Date(at).toISOString(), ...more });
        const detail = '{"source":"10.0.0.1","name":"alice"}';
        return journal.append({ account: ACCOUNT, at, open: text, detail });
      }),
    );
  }

  async journal(node: string): Promise<AuditJournal> {
    const known = this.#journals.get(node);
    if (known !== undefined) return known;
    const { store, detailKeys } = this;
    const journal = await EventStoreAuditJournal.open({
      store,
      node,
      journalKey,
      detailKeys,
      random: randomBytes,
      clock,
    });
    this.#journals.set(node, journal);
    return journal;
  }

  /** An open replica that follows the store. */
  replica(changes: Partial<JournalReplicaOptions> = {}): JournalReplica {
    const { store, detailKeys } = this;
    const path = join(this.folder, 'journals.db');
    const notice = (one: ReplicaNotice): void => void this.notices.push(one);
    const replica = JournalReplica.open({
      path,
      store,
      journalKey,
      detailKeys,
      node: 'me',
      clock,
      ids,
      notice,
      ...changes,
    });
    if (replica === undefined) throw new Error('the file of the replica cannot be used');
    this.#replicas.push(replica);
    replica.start();
    return replica;
  }

  /** Everything in the store, changed on its way into another one. */
  async copied(change: (event: EventRecord) => NewEvent | undefined): Promise<Nodes> {
    const copy = new Nodes(new InMemoryEventStore(), this.detailKeys);
    const revisions = new Map<string, number>();
    for (const event of (await this.store.readAll({ after: 0n, maxCount: 1000 })).events) {
      const changed = change(event);
      if (changed === undefined) continue;
      const revision = revisions.get(event.stream) ?? -1;
      await copy.store.append(event.stream, revision, [changed]);
      revisions.set(event.stream, revision + 1);
    }
    return copy;
  }

  /** The kind of what was said, without what repeats itself. */
  told(): readonly string[] {
    return this.notices.map((notice) => ('damaged' in notice ? notice.damaged : notice.kind));
  }

  async close(): Promise<void> {
    for (const replica of this.#replicas) await replica.close();
    for (const journal of this.#journals.values()) await journal.close();
    rmSync(this.folder, { recursive: true });
  }
}

export const isGroup = (event: EventRecord, node: string, revision: number): boolean =>
  event.stream === journalStream(node) && event.revision === revision;

/** Request ids, in order; of marks, what they say. */
export async function recordsOf(replica: Pick<JournalReplica, 'read'>, page = 7): Promise<string[]> {
  const found: string[] = [];
  let last = 0;
  for (;;) {
    const entries = await replica.read(last, page);
    for (const { sequence, open } of entries) {
      if (sequence !== last + 1) throw new Error(`entry ${sequence} follows ${last}`);
      last = sequence;
      const { id, extra } = JSON.parse(open) as { id: string; extra?: { damaged?: string } };
      found.push(extra?.damaged ?? id);
    }
    if (entries.length === 0) return found;
  }
}

export const namesOf = (node: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${node}-${from + i}`);

/** Fails when it does not come about within the time. */
export async function waitFor(condition: () => boolean, ms = 4_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
