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
  return key.mac(encodeFields(EVENT_TAG, [text(stream), u64(revision), previousMac, text(body)]));
}

/** MAC of a row of the key state. @throws TypeError for text that is not Unicode */
export function rowMac(key: HmacSha256, table: string, primaryKey: string, body: string): Uint8Array {
  return key.mac(encodeFields(ROW_TAG, [text(table), text(primaryKey), text(body)]));
}

/** What stands for a stream's head in a `HeadSum`. @throws TypeError as `eventMac` */
export function headMac(key: HmacSha256, stream: string, revision: bigint, mac: Uint8Array): Uint8Array {
  return key.mac(encodeFields(HEAD_TAG, [text(stream), u64(revision), mac]));
}

/** tag ‖ (u32 length ‖ field)*: one allocation, since this runs once per event of a replay. */
function encodeFields(tag: string, fields: readonly (string | Uint8Array)[]): Uint8Array {
  let size = tag.length;
  for (const field of fields) size += 4 + Buffer.byteLength(field);
  const encoded = Buffer.allocUnsafe(size);
  let at = encoded.write(tag, 0, 'latin1');
  for (const field of fields) {
    const length = typeof field === 'string' ? encoded.write(field, at + 4, 'utf8') : field.length;
    if (typeof field !== 'string') encoded.set(field, at + 4);
    at = encoded.writeUInt32BE(length, at) + length;
  }
  return encoded;
}

/** UTF-8 replaces lone surrogates: two such texts would share a MAC. */
function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('text under a MAC must be well-formed Unicode');
  return value;
}

function u64(value: bigint): Uint8Array {
  if (value < 0n || value > MAX_REVISION) throw new TypeError('revision is not a u64');
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
