import { NO_STREAM, type EventRecord, type NewEvent } from './contract.js';

export const MAX_EVENTS_PER_APPEND = 1000;

/** UTF-8 bytes of one append, {@link EVENT_OVERHEAD} per event included; EventStoreDB's own default limit is 1 MiB. */
export const MAX_BYTES_PER_APPEND = 1_000_000;

const EVENT_OVERHEAD = 128;
const MAX_STREAM_BYTES = 1024;
const MAX_TYPE_BYTES = 256;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * What every store refuses alike, so that an append which one store takes is not refused by another.
 *
 * @throws RangeError naming the argument; nothing has been written then
 */
export function checkAppend(stream: string, expectedRevision: number, events: readonly NewEvent[]): void {
  checkText('stream', stream, 1, MAX_STREAM_BYTES);
  if (!Number.isSafeInteger(expectedRevision) || expectedRevision < NO_STREAM) {
    throw new RangeError(`expectedRevision must be an integer from ${NO_STREAM}, got ${expectedRevision}`);
  }
  if (events.length === 0) throw new RangeError('an append needs at least one event');
  if (events.length > MAX_EVENTS_PER_APPEND) {
    throw new RangeError(`an append takes at most ${MAX_EVENTS_PER_APPEND} events, got ${events.length}`);
  }
  const ids = new Set<string>();
  let bytes = 0;
  for (const event of events) {
    bytes += checkEvent(event);
    ids.add(event.id);
  }
  if (ids.size !== events.length) throw new RangeError('two events of one append have the same id');
  if (bytes > MAX_BYTES_PER_APPEND) {
    throw new RangeError(`an append takes at most ${MAX_BYTES_PER_APPEND} bytes, got ${bytes}`);
  }
}

/** @throws RangeError */
export function checkRead(fromRevision: number, maxCount: number): void {
  if (!Number.isSafeInteger(fromRevision) || fromRevision < 0) {
    throw new RangeError(`fromRevision must be an integer from 0, got ${fromRevision}`);
  }
  checkMaxCount(maxCount);
}

/** @throws RangeError */
export function checkMaxCount(maxCount: number): void {
  if (!Number.isSafeInteger(maxCount) || maxCount < 1) {
    throw new RangeError(`maxCount must be an integer from 1, got ${maxCount}`);
  }
}

/** Do these stored events carry exactly the ids of `events`, in this order? */
export function isRepeat(stored: readonly Pick<EventRecord, 'id'>[], events: readonly NewEvent[]): boolean {
  return stored.length === events.length && events.every((event, i) => event.id === stored[i]?.id);
}

/** Absent prefixes let every stream through. */
export function matchesPrefix(stream: string, prefixes: readonly string[] | undefined): boolean {
  return prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix));
}

function checkEvent(event: NewEvent): number {
  if (!UUID.test(event.id)) throw new RangeError('an event id must be a UUID in canonical lower case');
  if (!Number.isSafeInteger(event.schemaVersion) || event.schemaVersion < 1) {
    throw new RangeError(`schemaVersion must be an integer from 1, got ${event.schemaVersion}`);
  }
  return (
    EVENT_OVERHEAD +
    checkText('type', event.type, 1, MAX_TYPE_BYTES) +
    checkText('data', event.data, 0, MAX_BYTES_PER_APPEND) +
    checkText('metadata', event.metadata, 0, MAX_BYTES_PER_APPEND) +
    event.mac.length
  );
}

/** Lone surrogates and NUL do not survive every store's text encoding; canonical JSON has neither. */
function checkText(name: string, text: string, min: number, max: number): number {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes < min || bytes > max) throw new RangeError(`${name} must have ${min} to ${max} bytes, got ${bytes}`);
  if (!text.isWellFormed() || text.includes('\0')) throw new RangeError(`${name} has a lone surrogate or NUL`);
  return bytes;
}
