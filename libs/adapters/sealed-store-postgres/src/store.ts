import {
  ReferenceDestroyed,
  requireReference,
  requireSameLength,
  type SealedKind,
  type SealedRecord,
  SealedStore,
  SealedStoreUnavailable,
} from '@claviger/ports';
import { type ClientBase, Pool, type QueryResult, type QueryResultRow } from 'pg';
import { asUnavailable, isLostConnection } from './failure.js';
import { clientConfigOf, limitsOf, placeOf, type PostgresSealedStoreOptions } from './options.js';
import { DESTROY, FIND, INSERT, LIST, recordOf, REWRAP, type Row, VACUUM } from './rows.js';
import { requireSchema } from './schema.js';
import { prepareSession } from './session.js';
import { Sweeper } from './sweeper.js';

/** Replacements of wrapped keys between two VACUUMs. */
const REWRAPS_PER_SWEEP = 1_000;

/**
 * The sealed store in a table of PostgreSQL, for several processes at once. Connections that end are replaced by the next call; a call
 * that one ended under is repeated once, as all calls are idempotent.
 *
 * What erasure means here. `destroy` overwrites blob and sealing key with zeros and commits that durably; PostgreSQL writes a new
 * version of the row for it, and the old one stays in its page as a dead tuple until VACUUM frees it, which `destroy` therefore runs
 * and waits for. After that no query finds the old bytes, but they can still lie
 * - in the free space of the page (or of the table's TOAST), until another row takes it; VACUUM FULL, run by hand, rewrites the table;
 * - as a dead tuple, while a transaction older than the destruction runs (a long query, a stalled replication slot);
 * - in the write-ahead log, its archive and on replicas, for as long as those are kept;
 * - in backups and dumps.
 * All of it is ciphertext under a sealing key that is wrapped under the root key. Whoever has both such a copy and that root key can
 * still open it, so the recovery window of a destroyed key is that of the server's backups and archived log.
 */
class PostgresSealedStore extends SealedStore {
  readonly #running = new Set<Promise<unknown>>();
  readonly #sweeper: Sweeper;
  #rewraps = 0;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly place: string,
    options: PostgresSealedStoreOptions,
  ) {
    super();
    this.#sweeper = new Sweeper(() => this.#query(VACUUM, []), options.logger);
  }

  async putIfAbsent(record: SealedRecord): Promise<SealedRecord> {
    const copy = copyOf(record);
    const { reference, kind, about, wrappedKey, blob } = copy;
    return this.#call(reference, async () => {
      const { rowCount } = await this.#query(INSERT, [reference, kind, about, bytea(wrappedKey), bytea(blob)]);
      if (rowCount === 1) return copyOf(copy);
      const held = await this.#find(reference);
      if (held === 'destroyed') throw new ReferenceDestroyed(reference);
      if (held === undefined)
        throw new SealedStoreUnavailable('damaged', `${this.place}: the row of ${reference} vanished`);
      return held;
    });
  }

  async get(reference: string): Promise<SealedRecord | undefined> {
    return this.#call(reference, async () => {
      const held = await this.#find(reference);
      return held === 'destroyed' ? undefined : held;
    });
  }

  async replaceWrappedKey(reference: string, expected: Uint8Array, next: Uint8Array): Promise<boolean> {
    requireSameLength(expected, next);
    const values = [reference, bytea(Uint8Array.from(expected)), bytea(Uint8Array.from(next))];
    return this.#call(reference, async () => {
      const { rowCount } = await this.#query(REWRAP, values);
      this.#rewraps += 1;
      if (this.#rewraps % REWRAPS_PER_SWEEP === 0) await this.#sweeper.sweep();
      return rowCount === 1;
    });
  }

  async destroy(reference: string): Promise<void> {
    await this.#call(reference, async () => {
      await this.#query(DESTROY, [reference]);
      await this.#sweeper.sweep();
    });
  }

  async list(kind: SealedKind, after: string, maxCount: number): Promise<readonly string[]> {
    return this.#tracked(async () => {
      const { rows } = await this.#query<{ reference: string }>(LIST, [kind, after, maxCount]);
      return rows.map((row) => row.reference);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await Promise.allSettled(this.#running);
    if (this.#rewraps % REWRAPS_PER_SWEEP !== 0) await this.#sweeper.sweep();
    await this.pool.end();
  }

  async #find(reference: string): Promise<SealedRecord | 'destroyed' | undefined> {
    const { rows } = await this.#query<Row>(FIND, [reference]);
    return recordOf(reference, rows[0]);
  }

  async #query<R extends QueryResultRow>(sql: string, values: readonly unknown[]): Promise<QueryResult<R>> {
    const attempt = (): Promise<QueryResult<R>> => this.pool.query<R>(sql, [...values]);
    try {
      return await attempt().catch((error: unknown) => {
        if (!isLostConnection(error)) throw error;
        return attempt();
      });
    } catch (error) {
      throw asUnavailable(error, this.place);
    }
  }

  async #call<T>(reference: string, work: () => Promise<T>): Promise<T> {
    requireReference(reference);
    return this.#tracked(work);
  }

  async #tracked<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new SealedStoreUnavailable('closed', `${this.place} was closed`);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

/**
 * Connects, and checks that the schema is there ({@link migratePostgresSealedStore} makes it).
 * @throws SealedStoreUnavailable; RangeError for options that cannot be meant
 */
export async function openPostgresSealedStore(options: PostgresSealedStoreOptions): Promise<SealedStore> {
  const place = placeOf(options);
  // The pool waits for the promise before it hands the connection out, though its types say that nothing is returned.
  const hooks = { onConnect: (client: ClientBase) => prepareSession(client, options) };
  const pool = new Pool({
    ...hooks,
    ...clientConfigOf(options),
    max: limitsOf(options).connections,
  });
  pool.on('error', (error) => options.logger.warn('a connection of the sealed store ended', { error: error.message }));
  try {
    await requireSchema(pool, options);
    return new PostgresSealedStore(pool, place, options);
  } catch (error) {
    await pool.end();
    throw asUnavailable(error, place);
  }
}

const bytea = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function copyOf(record: SealedRecord): SealedRecord {
  return { ...record, wrappedKey: Uint8Array.from(record.wrappedKey), blob: Uint8Array.from(record.blob) };
}
