import shared from '@eventstore/db-client/generated/shared_pb.js';
import rpcStatus from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import protobufAny from 'google-protobuf/google/protobuf/any_pb.js';
import protobufEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Message } from 'google-protobuf';
import { appendBytes, proposed } from './append.js';
import type { Expected } from './commit-check.js';
import type { ProposedEvent } from './event.js';
import { answerOf, MAX_APPEND_BYTES, momentOf } from './failures.js';
import type { Knobs } from './knobs.js';
import { idOf, streamName } from './messages.js';
import type { Appended, StandInStore } from './store.js';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

interface Collected {
  options: streams.BatchAppendReq.Options;
  readonly events: ProposedEvent[];
}

/** BatchAppend: many appends over one call, each answered under its correlation id, errors inside the answer. */
export function batchAppendHandler(store: StandInStore, knobs: Knobs) {
  return (call: Call): void => {
    const open = new Map<string, Collected>();
    call.on('error', () => undefined);
    call.on('end', () => call.end());
    call.on('data', (request: streams.BatchAppendReq) => {
      const id = idOf(request.getCorrelationId());
      const collected = open.get(id) ?? { options: new streams.BatchAppendReq.Options(), events: [] };
      open.set(id, collected);
      collected.options = request.getOptions() ?? collected.options;
      collected.events.push(...request.getProposedMessagesList().map(proposed));
      if (!request.getIsFinal()) return;
      open.delete(id);
      void carryOut(store, knobs, collected, id, call);
    });
  };
}

async function carryOut(store: StandInStore, knobs: Knobs, { options, events }: Collected, id: string, call: Call) {
  const identifier = options.getStreamIdentifier();
  const stream = streamName(identifier);
  const answer = (): streams.BatchAppendResp =>
    new streams.BatchAppendResp().setCorrelationId(new shared.UUID().setString(id)).setStreamIdentifier(identifier);
  const fault = knobs.take('batch-append', stream);
  const fail = (): void => {
    const error = fault === undefined ? undefined : answerOf(fault, stream);
    // A status that the batch has no message for ends the whole call, as a lost connection does.
    if (error !== undefined) call.emit('error', error);
  };
  if (momentOf(fault) === 'before') return fail();
  if (appendBytes(events) > MAX_APPEND_BYTES) {
    const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES);
    return void call.write(answer().setError(problem(details, 'MaximumAppendSizeExceeded')));
  }
  const appended = await store.append(stream, expectedOf(options), events);
  if (momentOf(fault) === 'after') return fail();
  call.write(withOutcome(answer(), appended, identifier));
}

function withOutcome(
  answer: streams.BatchAppendResp,
  appended: Appended,
  identifier: shared.StreamIdentifier | undefined,
): streams.BatchAppendResp {
  if (appended.kind === 'success') {
    const position = new shared.AllStreamPosition()
      .setCommitPosition(appended.position.toString())
      .setPreparePosition(appended.position.toString());
    return answer.setSuccess(
      new streams.BatchAppendResp.Success().setCurrentRevision(appended.revision.toString()).setPosition(position),
    );
  }
  if (appended.kind === 'deleted') {
    return answer.setError(problem(new shared.StreamDeleted().setStreamIdentifier(identifier), 'StreamDeleted'));
  }
  const wrong = new shared.WrongExpectedVersion();
  if (appended.current < 0n) wrong.setCurrentNoStream(new protobufEmpty.Empty());
  else wrong.setCurrentStreamRevision(appended.current.toString());
  return answer.setError(problem(wrong, 'WrongExpectedVersion'));
}

function problem(details: Message, name: string): rpcStatus.Status {
  const any = new protobufAny.Any();
  any.pack(details.serializeBinary(), `event_store.client.${name}`);
  return new rpcStatus.Status().setMessage(name).setDetails(any);
}

function expectedOf(options: streams.BatchAppendReq.Options): Expected {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return options.hasStreamPosition() ? BigInt(options.getStreamPosition()) : 'any';
}
