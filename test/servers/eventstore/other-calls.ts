import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import type shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { expectedOf } from './append.js';
import { answerOf, failure, streamDeleted } from './failures.js';
import type { Knobs } from './knobs.js';
import { streamName } from './messages.js';
import type { Appended, StandInStore } from './store.js';

const SERVICE = 'event_store.client.streams.streams';

export function featuresHandler(knobs: Knobs) {
  return (
    _: ServerUnaryCall<shared.Empty, features.SupportedMethods>,
    answer: sendUnaryData<features.SupportedMethods>,
  ) => {
    const fault = knobs.take('features', '');
    if (fault !== undefined) {
      const error = answerOf(fault, '');
      return error === undefined ? undefined : answer(error);
    }
    const methods = ['read', 'append', 'batchappend', 'delete', 'tombstone'].map((name) =>
      new features.SupportedMethod().setServiceName(SERVICE).setMethodName(name),
    );
    answer(null, new features.SupportedMethods().setEventStoreServerVersion('24.10.0').setMethodsList(methods));
  };
}

/** A cluster of one, which leads. */
export function gossipHandler(knobs: Knobs, host: string, port: () => number) {
  return (_: ServerUnaryCall<shared.Empty, gossip.ClusterInfo>, answer: sendUnaryData<gossip.ClusterInfo>) => {
    const fault = knobs.take('gossip', '');
    if (fault !== undefined) {
      const error = answerOf(fault, '');
      return error === undefined ? undefined : answer(error);
    }
    const member = new gossip.MemberInfo()
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port()));
    answer(null, new gossip.ClusterInfo().setMembersList([member]));
  };
}

export function deleteHandler(store: StandInStore, knobs: Knobs) {
  return (call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>, answer: sendUnaryData<streams.DeleteResp>) => {
    const options = call.request.getOptions() ?? new streams.DeleteReq.Options();
    const stream = streamName(options.getStreamIdentifier());
    void remove(knobs, stream, () => store.delete(stream, expectedOf(options))).then(
      () => answer(null, new streams.DeleteResp()),
      (error: unknown) => answer(error as Error),
    );
  };
}

export function tombstoneHandler(store: StandInStore, knobs: Knobs) {
  return (
    call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
    answer: sendUnaryData<streams.TombstoneResp>,
  ) => {
    const options = call.request.getOptions() ?? new streams.TombstoneReq.Options();
    const stream = streamName(options.getStreamIdentifier());
    void remove(knobs, stream, () => store.tombstone(stream, expectedOf(options))).then(
      () => answer(null, new streams.TombstoneResp()),
      (error: unknown) => answer(error as Error),
    );
  };
}

/** A silent fault never settles. */
async function remove(knobs: Knobs, stream: string, carryOut: () => Promise<Appended>): Promise<void> {
  const fault = knobs.take('delete', stream);
  if (fault !== undefined) {
    const error = answerOf(fault, stream);
    if (error === undefined) return new Promise(() => undefined);
    throw error;
  }
  const removed = await carryOut();
  if (removed.kind === 'deleted') throw streamDeleted(stream);
  if (removed.kind === 'wrong-expected-version') {
    throw failure(status.FAILED_PRECONDITION, 'Append failed due to WrongExpectedVersion.', {
      exception: 'wrong-expected-version',
      'stream-name': encodeURIComponent(stream),
      'expected-version': '-1',
      'actual-version': removed.current.toString(),
    });
  }
}
