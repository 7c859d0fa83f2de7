import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { type EventRecord, EventStoreUnavailable } from '@claviger/ports';
import { decode } from './envelope.js';

/** What servers before 22.6 give for an event that was read from its stream. */
export const NO_POSITION = 2n ** 64n - 1n;

export interface ReadRecord {
  readonly record: EventRecord;
  /** Of the append that stored it. */
  readonly appendId: string;
}

/**
 * The event in a message, undefined for a message of another kind, or an event of a stream outside the namespace.
 * @param prefix of the namespace, taken off the stream's name
 * @throws EventStoreUnavailable when the server does not say where the event stands
 */
export function recordOf(message: streams.ReadResp, prefix: string): ReadRecord | undefined {
  const recorded = message.getEvent()?.getEvent();
  if (recorded === undefined) return undefined;
  const name = Buffer.from(recorded.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
  if (!name.startsWith(prefix)) return undefined;
  const position = BigInt(recorded.getCommitPosition());
  if (position === NO_POSITION) {
    throw new EventStoreUnavailable('the event store is older than version 22.6: it does not tell positions of events');
  }
  const { appendId, ...stored } = decode(recorded.getData_asU8(), recorded.getCustomMetadata_asU8());
  const record = {
    ...stored,
    id: (recorded.getId()?.getString() ?? '').toLowerCase(),
    type: recorded.getMetadataMap().get('type') ?? '',
    stream: name.slice(prefix.length),
    revision: Number(recorded.getStreamRevision()),
    position,
  };
  return { record, appendId };
}
