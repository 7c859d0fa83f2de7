import {
  type AppendResult,
  type EventRecord,
  isRepeat,
  type NewEvent,
  NO_STREAM,
  WrongExpectedRevision,
} from '@claviger/ports';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoreFaults } from './options.js';
import type { Streams } from './streams.js';

export interface Append {
  readonly stream: string;
  readonly expectedRevision: number;
  /** Nobody else holds these: they become the records that are answered. */
  readonly events: readonly NewEvent[];
}

/** Stored events from a revision on. */
export type ReadEvents = (stream: string, fromRevision: number, maxCount: number) => readonly EventRecord[];

/** Carries out single appends inside a transaction that others began. */
export class Appender {
  readonly #insert: StatementSync;

  constructor(
    db: DatabaseSync,
    private readonly streams: Streams,
    private readonly read: ReadEvents,
    private readonly faults: StoreFaults,
  ) {
    this.#insert = db.prepare(
      `INSERT INTO events (stream, revision, id, type, schema_version, data, metadata, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insert.setReadBigInts(true);
  }

  /** A conflict is an outcome, decided before anything is written; whatever this throws has to end the transaction. */
  append({ stream, expectedRevision, events }: Append): AppendResult | WrongExpectedRevision {
    const tail = this.streams.tail(stream);
    const actual = tail?.revision ?? NO_STREAM;
    if (actual !== expectedRevision) {
      const there = actual > expectedRevision ? this.read(stream, expectedRevision + 1, events.length) : [];
      if (isRepeat(there, events)) return { events: there, repeated: true };
      return new WrongExpectedRevision(stream, expectedRevision, actual);
    }
    const into = tail ?? this.streams.add(stream);
    const stored = events.map((event) => {
      this.faults.beforeInsert?.(stream, into.revision + 1);
      const { id, type, schemaVersion, data, metadata, mac } = event;
      const revision = into.revision + 1;
      const { lastInsertRowid } = this.#insert.run(into.id, revision, id, type, schemaVersion, data, metadata, mac);
      into.revision = revision;
      return { id, type, schemaVersion, data, metadata, mac, stream, revision, position: BigInt(lastInsertRowid) };
    });
    return { events: stored, repeated: false };
  }
}
