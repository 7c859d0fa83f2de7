import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeEvent, encodeEvent, type StoredEvent, type UnplacedEvent } from './event.js';

const MAGIC = Buffer.from('EVLOG01\n');
const FRAME_HEADER = 8;

/**
 * One append-only file. A frame is one append, so that a crash leaves all of its events or none: length (u32), CRC-32 (u32), events.
 * The first event of a frame stands where the frame begins, so that the end of the log is the position of the event that comes next.
 */
export class EventLog {
  readonly #file: number;
  #end: number;
  /** What the file held when it was opened. */
  readonly events: readonly StoredEvent[];

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'events.log');
    this.#file = openSync(path, 'a+', 0o600);
    const bytes = readFileSync(path);
    if (bytes.length === 0) {
      writeSync(this.#file, MAGIC);
      fdatasyncSync(this.#file);
    } else if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw new Error(`${path} is no log of this server`);
    }
    const { events, end } = readFrames(bytes);
    // A torn tail was never answered: its append did not happen.
    if (end < bytes.length) ftruncateSync(this.#file, end);
    this.events = events;
    this.#end = end;
  }

  /** The position that the next event will have. */
  get end(): bigint {
    return BigInt(this.#end);
  }

  /** Writes the events of one append. They are durable only after {@link sync}. */
  write(events: readonly UnplacedEvent[]): StoredEvent[] {
    const start = this.#end;
    const parts = events.map(encodeEvent);
    const body = Buffer.concat(parts);
    const header = Buffer.alloc(FRAME_HEADER);
    header.writeUInt32BE(body.length, 0);
    header.writeUInt32BE(crc32(body), 4);
    writeSync(this.#file, Buffer.concat([header, body]));
    this.#end += FRAME_HEADER + body.length;
    let at = start + FRAME_HEADER;
    return events.map((event, i) => {
      const position = BigInt(i === 0 ? start : at);
      at += parts[i]?.length ?? 0;
      return { ...event, position };
    });
  }

  sync(): void {
    fdatasyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function readFrames(bytes: Buffer): { events: StoredEvent[]; end: number } {
  const events: StoredEvent[] = [];
  let start = MAGIC.length;
  while (start + FRAME_HEADER <= bytes.length) {
    const end = start + FRAME_HEADER + bytes.readUInt32BE(start);
    if (end > bytes.length) break;
    const body = bytes.subarray(start + FRAME_HEADER, end);
    if (crc32(body) !== bytes.readUInt32BE(start + 4)) break;
    for (let at = 0; at < body.length; ) {
      const { event, end: next } = decodeEvent(body, at);
      events.push({ ...event, position: BigInt(at === 0 ? start : start + FRAME_HEADER + at) });
      at = next;
    }
    start = end;
  }
  return { events, end: start };
}
