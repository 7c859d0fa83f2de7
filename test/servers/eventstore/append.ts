import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import type { Expected } from './commit-check.js';
import type { ProposedEvent } from './event.js';
import { answerOf, MAX_APPEND_BYTES, momentOf, streamDeleted, tooLarge } from './failures.js';
import type { Knobs } from './knobs.js';
import { idOf, streamName } from './messages.js';
import type { Appended, StandInStore } from './store.js';

type Message = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

export function proposed(message: Message): ProposedEvent {
  const map = message.getMetadataMap();
  return {
    id: idOf(message.getId()),
    type: map.get('type') ?? '',
    contentType: map.get('content-type') ?? 'application/octet-stream',
    data: Uint8Array.from(message.getData_asU8()),
    metadata: Uint8Array.from(message.getCustomMetadata_asU8()),
  };
}

/** As the server counts an append: data, metadata, and the type in UTF-16. */
export const appendBytes = (events: readonly ProposedEvent[]): number =>
  events.reduce((sum, { data, metadata, type }) => sum + data.length + metadata.length + 2 * type.length, 0);

export function expectedOf(options: streams.AppendReq.Options | streams.DeleteReq.Options): Expected {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return options.hasRevision() ? BigInt(options.getRevision()) : 'any';
}

/** Append, the unary form: options first, then one message per event. */
export function appendHandler(store: StandInStore, knobs: Knobs) {
  return (
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    answer: sendUnaryData<streams.AppendResp>,
  ) => {
    const events: ProposedEvent[] = [];
    let options = new streams.AppendReq.Options();
    call.on('data', (request: streams.AppendReq) => {
      options = request.getOptions() ?? options;
      const message = request.getProposedMessage();
      if (message !== undefined) events.push(proposed(message));
    });
    // A client that went away in the middle has appended nothing.
    call.on('error', () => undefined);
    call.on('end', () => {
      if (call.cancelled) return;
      void carryOut(store, knobs, options, events, answer);
    });
  };
}

async function carryOut(
  store: StandInStore,
  knobs: Knobs,
  options: streams.AppendReq.Options,
  events: readonly ProposedEvent[],
  answer: sendUnaryData<streams.AppendResp>,
): Promise<void> {
  const stream = streamName(options.getStreamIdentifier());
  const fault = knobs.take('append', stream);
  const fail = (): void => {
    const error = fault === undefined ? undefined : answerOf(fault, stream);
    if (error !== undefined) answer(error);
  };
  if (momentOf(fault) === 'before') return fail();
  if (appendBytes(events) > MAX_APPEND_BYTES) return answer(tooLarge());
  const expected = expectedOf(options);
  const appended = await store.append(stream, expected, events);
  if (momentOf(fault) === 'after') return fail();
  if (appended.kind === 'deleted') return answer(streamDeleted(stream));
  answer(null, response(appended, expected));
}

function response(appended: Exclude<Appended, { kind: 'deleted' }>, expected: Expected): streams.AppendResp {
  if (appended.kind === 'success') {
    const position = new streams.AppendResp.Position()
      .setCommitPosition(appended.position.toString())
      .setPreparePosition(appended.position.toString());
    return new streams.AppendResp().setSuccess(
      new streams.AppendResp.Success().setCurrentRevision(appended.revision.toString()).setPosition(position),
    );
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (appended.current < 0n) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(appended.current.toString());
  if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else wrong.setExpectedRevision(expected.toString());
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
}
