import type { NewEvent } from '@claviger/ports';

/**
 * How an event lies in EventStoreDB (docs/adr/0006): id and type are the server's own; `data` is our data text in UTF-8; the server's
 * "custom metadata" is a frame of our own. Its first byte is no JSON, so that no client mistakes it for an object and changes its bytes.
 *
 *     0   1  format, 0x01
 *     1   8  schema version, big endian
 *     9  16  the append that stored it
 *    25   2  length of the MAC, big endian
 *    27   n  MAC
 *  27+n   …  metadata text, UTF-8
 */
const FORMAT = 1;
const SCHEMA_AT = 1;
const APPEND_AT = 9;
const MAC_LENGTH_AT = 25;
const MAC_AT = 27;

export const APPEND_ID_LENGTH = 16;
export const CONTENT_TYPE = 'application/octet-stream';
const LONGEST_MAC = 0xffff;

export interface Stored {
  readonly schemaVersion: number;
  readonly data: string;
  readonly metadata: string;
  readonly mac: Uint8Array;
  /** Which call of `append` stored it, as hex; lets a caller see whether its own did. */
  readonly appendId: string;
}

/** @throws RangeError for a MAC that fits no frame */
export function encodeMetadata({ schemaVersion, metadata, mac }: NewEvent, appendId: Uint8Array): Uint8Array {
  if (mac.length > LONGEST_MAC) throw new RangeError(`a MAC has at most ${LONGEST_MAC} bytes, got ${mac.length}`);
  const text = Buffer.byteLength(metadata, 'utf8');
  // The client sends metadata as it is only if it is exactly a Uint8Array, no subclass.
  const frame = new Uint8Array(MAC_AT + mac.length + text);
  const view = Buffer.from(frame.buffer);
  view[0] = FORMAT;
  view.writeBigUInt64BE(BigInt(schemaVersion), SCHEMA_AT);
  frame.set(appendId.subarray(0, APPEND_ID_LENGTH), APPEND_AT);
  view.writeUInt16BE(mac.length, MAC_LENGTH_AT);
  frame.set(mac, MAC_AT);
  view.write(metadata, MAC_AT + mac.length, 'utf8');
  return frame;
}

export const encodeData = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf8'));

/**
 * Total. What is not in our form, because somebody else wrote to the stream, becomes an event with an empty MAC, which never verifies:
 * that stream fails closed in the layer above, and the others go on.
 */
export function decode(data: Uint8Array, frame: Uint8Array): Stored {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
  const foreign = { schemaVersion: 1, data: '', metadata: '', mac: new Uint8Array(0), appendId: '' };
  if (bytes.length < MAC_AT || bytes[0] !== FORMAT) return foreign;
  const schemaVersion = Number(bytes.readBigUInt64BE(SCHEMA_AT));
  const textAt = MAC_AT + bytes.readUInt16BE(MAC_LENGTH_AT);
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1 || textAt > bytes.length) return foreign;
  return {
    schemaVersion,
    data: Buffer.from(data.buffer, data.byteOffset, data.length).toString('utf8'),
    metadata: bytes.toString('utf8', textAt),
    mac: Uint8Array.from(bytes.subarray(MAC_AT, textAt)),
    appendId: bytes.toString('hex', APPEND_AT, MAC_LENGTH_AT),
  };
}
