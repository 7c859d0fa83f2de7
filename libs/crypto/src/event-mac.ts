import type { HmacSha256 } from './hmac-sha256.js';

/*
 * MACs of events and of read-model rows: HMAC-SHA-256 over a domain tag and the fields, each with its length in front, so that no two
 * different sets of fields have the same encoding and no MAC of one kind passes as one of another.
 */

export const MAC_LENGTH = 32;

const EVENT_TAG = 'claviger event v1';
const ROW_TAG = 'claviger row v1';
const HEAD_TAG = 'claviger head v1';
const MAX_REVISION = 2n ** 64n - 1n;

export interface EventMacInput {
  readonly stream: string;
  /** Position in the stream, from 0. */
  readonly revision: bigint;
  /** MAC of the event before it; empty for the first. */
  readonly previousMac: Uint8Array;
  /** Canonical JSON of everything else that the event says. */
  readonly body: string;
}

/** @throws TypeError for a revision out of u64, a previous MAC that is neither empty nor of 32 bytes, or text that is not Unicode */
export function eventMac(key: HmacSha256, { stream, revision, previousMac, body }: EventMacInput): Uint8Array {
  if (previousMac.length !== 0 && previousMac.length !== MAC_LENGTH)
    throw new TypeError('previous MAC has 0 or 32 bytes');
  return fieldsMac(key, EVENT_TAG, [text(stream), u64(revision), previousMac, text(body)]);
}

/** MAC of a row of the key state. @throws TypeError for text that is not Unicode */
export function rowMac(key: HmacSha256, table: string, primaryKey: string, body: string): Uint8Array {
  return fieldsMac(key, ROW_TAG, [text(table), text(primaryKey), text(body)]);
}

/** What stands for a stream's head in a `HeadSum`. @throws TypeError as `eventMac` */
export function headMac(key: HmacSha256, stream: string, revision: bigint, mac: Uint8Array): Uint8Array {
  return fieldsMac(key, HEAD_TAG, [text(stream), u64(revision), mac]);
}

/** tag ‖ (u32 length ‖ field)*: straight into the key's scratch, since this runs once per event of a replay. */
function fieldsMac(key: HmacSha256, tag: string, fields: readonly (string | Uint8Array)[]): Uint8Array {
  let most = tag.length;
  for (const field of fields) most += 4 + (typeof field === 'string' ? mostBytes(field) : field.length);
  return key.macWritten(most, (target, start) => {
    let at = start + target.write(tag, start, 'latin1');
    for (const field of fields) {
      const length = typeof field === 'string' ? target.write(field, at + 4, 'utf8') : field.length;
      if (typeof field !== 'string') target.set(field, at + 4);
      at = target.writeUInt32BE(length, at) + length;
    }
    return at;
  });
}

/** A bound will do for short texts; counting costs as much as writing. */
const mostBytes = (field: string): number => (field.length < 4096 ? 3 * field.length : Buffer.byteLength(field));

/** UTF-8 replaces lone surrogates: two such texts would share a MAC. */
function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('text under a MAC must be well-formed Unicode');
  return value;
}

const U64_BYTES = new Uint8Array(8);
const U64 = new DataView(U64_BYTES.buffer);

/** Good until the next call. */
function u64(value: bigint): Uint8Array {
  if (value < 0n || value > MAX_REVISION) throw new TypeError('revision is not a u64');
  U64.setBigUint64(0, value);
  return U64_BYTES;
}
