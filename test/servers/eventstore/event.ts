/** What a stand-in keeps of an event; everything else is derived. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface StoredEvent extends ProposedEvent {
  readonly stream: string;
  readonly revision: bigint;
  /** Offset in the log file, as in the real server: grows, and is never dense. */
  readonly position: bigint;
  /** Epoch milliseconds. */
  readonly created: number;
}

/** The type that marks a stream as tombstoned; its events stay in `$all`. */
export const TOMBSTONE = '$streamDeleted';

type Header = Pick<StoredEvent, 'id' | 'type' | 'contentType' | 'stream' | 'created'> & { readonly revision: string };

export type UnplacedEvent = Omit<StoredEvent, 'position'>;

/** Length of header, data and metadata (u32 each), then the three. */
export function encodeEvent(event: UnplacedEvent): Buffer {
  const { id, type, contentType, stream, created, revision } = event;
  const header: Header = { id, type, contentType, stream, created, revision: revision.toString() };
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(12);
  lengths.writeUInt32BE(text.length, 0);
  lengths.writeUInt32BE(event.data.length, 4);
  lengths.writeUInt32BE(event.metadata.length, 8);
  return Buffer.concat([lengths, text, event.data, event.metadata]);
}

/** @returns the event at `at`, and where the next one begins */
export function decodeEvent(bytes: Buffer, at: number): { readonly event: UnplacedEvent; readonly end: number } {
  const header = at + 12 + bytes.readUInt32BE(at);
  const data = header + bytes.readUInt32BE(at + 4);
  const end = data + bytes.readUInt32BE(at + 8);
  const { revision, ...rest } = JSON.parse(bytes.toString('utf8', at + 12, header)) as Header;
  const event = {
    ...rest,
    revision: BigInt(revision),
    data: Uint8Array.from(bytes.subarray(header, data)),
    metadata: Uint8Array.from(bytes.subarray(data, end)),
  };
  return { event, end };
}
