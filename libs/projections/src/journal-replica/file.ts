import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { saysUnusable } from '../audit-view/table.js';
import type { GapMark, KnownJournal } from './known-journal.js';

const SCHEMA_VERSION = 1;
const OWNER_ONLY = 0o600;

/**
 * `journals`: how far each is known. `groups`: all of them in one local order, each as the ciphertext it is, or a mark where some are
 * missing. `first` is the local sequence of a group's first entry; the sequences have no gap.
 */
const SCHEMA = `
CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL) STRICT;
INSERT INTO position VALUES (1, '0');
CREATE TABLE journals (
  node TEXT PRIMARY KEY, revision INTEGER NOT NULL, next INTEGER NOT NULL, link BLOB NOT NULL, journal_id BLOB,
  broken INTEGER NOT NULL, gaps INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE groups (
  first INTEGER PRIMARY KEY, entries INTEGER NOT NULL, node TEXT NOT NULL, at INTEGER NOT NULL, journal_id BLOB, payload BLOB, mark TEXT
) STRICT;
PRAGMA user_version=${SCHEMA_VERSION};
`;

/** A group, or a mark, in the local order. */
export interface LocalGroup {
  /** Local sequence of its first entry. */
  readonly first: number;
  readonly entries: number;
  readonly node: string;
  /** When it was taken in, epoch milliseconds. */
  readonly at: number;
  readonly content:
    | { readonly kind: 'group'; readonly payload: Buffer; readonly journalId: Uint8Array }
    | { readonly kind: 'mark'; readonly mark: GapMark };
}

/** The SQLite file of the replica. */
export class ReplicaFile {
  readonly #db: DatabaseSync;
  readonly #statements: Readonly<Record<'position' | 'journal' | 'group' | 'at' | 'from', StatementSync>>;

  private constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = {
      position: db.prepare('UPDATE position SET value=?'),
      journal: db.prepare('INSERT OR REPLACE INTO journals VALUES (?,?,?,?,?,?,?)'),
      group: db.prepare('INSERT INTO groups VALUES (?,?,?,?,?,?,?)'),
      at: db.prepare('SELECT first FROM groups WHERE first<=? ORDER BY first DESC LIMIT 1'),
      from: db.prepare(
        'SELECT first, entries, node, at, journal_id, payload, mark FROM groups WHERE first>=? ORDER BY first LIMIT ?',
      ),
    };
  }

  /**
   * Opens the file, or makes it, readable by the owner only. Undefined for a file of another version or one that is damaged: it is
   * derived, and so is everything that counts by its sequences.
   * @throws SQLite's errors when the file is out of reach
   */
  static open(path: string): ReplicaFile | undefined {
    closeSync(openSync(path, 'a', OWNER_ONLY));
    chmodSync(path, OWNER_ONLY);
    const db = new DatabaseSync(path);
    try {
      // FULL: what read models have folded must not be gone here after a power cut, or they would have to start over.
      db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864');
      const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
      const empty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
      if (version === 0 && empty) transaction(db, () => db.exec(SCHEMA));
      if (version === SCHEMA_VERSION || empty) return new ReplicaFile(db);
    } catch (error) {
      db.close();
      if (!saysUnusable(error)) throw error;
      return undefined;
    }
    db.close();
    return undefined;
  }

  position(): bigint {
    return BigInt(String(this.#db.prepare('SELECT value FROM position').get()?.['value'] ?? '0'));
  }

  /** Local sequence of the last entry. */
  head(): number {
    const row = this.#db.prepare('SELECT first, entries FROM groups ORDER BY first DESC LIMIT 1').get();
    return row === undefined ? 0 : Number(row['first']) + Number(row['entries']) - 1;
  }

  journals(): KnownJournal[] {
    return this.#db
      .prepare('SELECT * FROM journals')
      .all()
      .map(({ node, revision, next, link, journal_id: id, broken, gaps }) => ({
        node: String(node),
        revision: Number(revision),
        place: { next: Number(next), link: bytes(link) },
        journalId: id === null ? undefined : bytes(id),
        broken: broken === 1,
        gaps: Number(gaps),
      }));
  }

  /** All or nothing. @throws SQLite's errors */
  write(position: bigint, journals: Iterable<KnownJournal>, groups: readonly LocalGroup[]): void {
    const { position: place, journal, group } = this.#statements;
    transaction(this.#db, () => {
      for (const { first, entries, node, at, content } of groups) {
        if (content.kind === 'mark') group.run(first, entries, node, at, null, null, JSON.stringify(content.mark));
        else group.run(first, entries, node, at, content.journalId, content.payload, null);
      }
      for (const {
        node,
        revision,
        place: { next, link },
        journalId,
        broken,
        gaps,
      } of journals) {
        journal.run(node, revision, next, link, journalId ?? null, broken ? 1 : 0, gaps);
      }
      place.run(position.toString());
    });
  }

  /** From the group that holds the entry `sequence` on. */
  from(sequence: number, maxCount: number): readonly LocalGroup[] {
    const start = this.#statements.at.get(sequence)?.['first'] ?? sequence;
    return this.#statements.from
      .all(start, maxCount)
      .map(({ first, entries, node, at, journal_id: id, payload, mark }) => ({
        first: Number(first),
        entries: Number(entries),
        node: String(node),
        at: Number(at),
        content:
          mark === null
            ? { kind: 'group', payload: bytes(payload), journalId: bytes(id) }
            : { kind: 'mark', mark: JSON.parse(String(mark)) as GapMark },
      }));
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function transaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

const bytes = (value: unknown): Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.alloc(0);
