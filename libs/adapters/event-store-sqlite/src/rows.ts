import type { EventRecord } from '@claviger/ports';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

type Integer = number | bigint;

/** An event as {@link COLUMNS} give it. */
export type EventRow = readonly [
  position: Integer,
  stream: Integer,
  revision: Integer,
  id: string,
  type: string,
  schemaVersion: Integer,
  data: string,
  metadata: string,
  mac: string,
];

/** The MAC as text: making a string and decoding it takes half the time of making a Uint8Array per row. */
export const COLUMNS = 'position, stream, revision, id, type, schema_version, data, metadata, hex(mac)';

/**
 * A prepared query for whole pages. Integers come as numbers; a page that holds one beyond 2^53 is read again with all of them as
 * bigints, since the one form is quick and the other one always right.
 */
export class PageQuery<Row> {
  readonly #quick: StatementSync;
  readonly #exact: StatementSync;

  constructor(db: DatabaseSync, sql: string) {
    this.#quick = db.prepare(sql);
    this.#quick.setReturnArrays(true);
    this.#exact = db.prepare(sql);
    this.#exact.setReturnArrays(true);
    this.#exact.setReadBigInts(true);
  }

  all(...parameters: SQLInputValue[]): readonly Row[] {
    try {
      return this.#quick.all(...parameters) as unknown as readonly Row[];
    } catch (error) {
      if (!isOutOfRange(error)) throw error;
      return this.#exact.all(...parameters) as unknown as readonly Row[];
    }
  }
}

/** Records of one page. Their MACs share one buffer. @param nameOf name of a stream by its id */
export function toRecords(rows: readonly EventRow[], nameOf: (stream: number) => string): EventRecord[] {
  let length = 0;
  for (const row of rows) length += row[8].length / 2;
  const macs = Buffer.alloc(length);
  const bytes = new Uint8Array(macs.buffer, macs.byteOffset, length);
  let at = 0;
  return rows.map(([position, stream, revision, id, type, schemaVersion, data, metadata, mac]) => {
    const start = at;
    at += macs.write(mac, start, 'hex');
    return {
      id,
      type,
      schemaVersion: Number(schemaVersion),
      data,
      metadata,
      mac: bytes.subarray(start, at),
      stream: nameOf(Number(stream)),
      revision: Number(revision),
      position: BigInt(position),
    };
  });
}

const isOutOfRange = (error: unknown): boolean => (Object(error) as { code?: unknown }).code === 'ERR_OUT_OF_RANGE';
