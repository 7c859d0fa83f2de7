import { NO_STREAM } from '@claviger/ports';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PageQuery } from './rows.js';

/** Entries of each map, which is emptied when it is full: a miss costs a few microseconds. */
const MAX_REMEMBERED = 20_000;

/** A stream, as far as the transaction that asks can see. */
export interface StreamTail {
  readonly id: number;
  revision: number;
}

/** Names, numbers and last revisions of streams, with a memory that must be emptied whenever a transaction did not come to its end. */
export class Streams {
  readonly #find: PageQuery<[id: number | bigint, revision: number | bigint | null]>;
  readonly #name: PageQuery<[name: string]>;
  readonly #insert: StatementSync;
  readonly #tails = new Map<string, StreamTail>();
  readonly #names = new Map<number, string>();

  constructor(db: DatabaseSync) {
    this.#find = new PageQuery(
      db,
      `SELECT id, (SELECT revision FROM events WHERE stream = streams.id ORDER BY revision DESC LIMIT 1)
       FROM streams WHERE name = ?`,
    );
    this.#name = new PageQuery(db, 'SELECT name FROM streams WHERE id = ?');
    this.#insert = db.prepare('INSERT INTO streams (name) VALUES (?)');
    this.#insert.setReadBigInts(true);
  }

  /** The caller keeps `revision` true as it appends. Undefined for a stream without events. */
  tail(name: string): StreamTail | undefined {
    return this.#tails.get(name) ?? this.#readTail(name);
  }

  add(name: string): StreamTail {
    const tail = { id: Number(this.#insert.run(name).lastInsertRowid), revision: NO_STREAM };
    this.#remember(name, tail);
    return tail;
  }

  /** A number without a name is a damaged database; no event of an empty stream name ever verifies. */
  nameOf(id: number): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = this.#name.all(id)[0]?.[0] ?? '';
    if (this.#names.size >= MAX_REMEMBERED) this.#names.clear();
    this.#names.set(id, name);
    return name;
  }

  forget(): void {
    this.#tails.clear();
    this.#names.clear();
  }

  #readTail(name: string): StreamTail | undefined {
    const row = this.#find.all(name)[0];
    if (row === undefined) return undefined;
    const tail = { id: Number(row[0]), revision: Number(row[1] ?? NO_STREAM) };
    this.#remember(name, tail);
    return tail;
  }

  #remember(name: string, tail: StreamTail): void {
    if (this.#tails.size >= MAX_REMEMBERED) this.#tails.clear();
    this.#tails.set(name, tail);
  }
}
