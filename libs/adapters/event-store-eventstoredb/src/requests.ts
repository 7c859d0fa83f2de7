import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { START } from '@claviger/ports';

/** Events that the server looks at before it says how far it has come, or goes on to its next page. */
const SEARCH_WINDOW = 500;

const empty = (): shared.Empty => new shared.Empty();

function base(): streams.ReadReq.Options {
  const uuids = new streams.ReadReq.Options.UUIDOption().setString(empty());
  return new streams.ReadReq.Options().setResolveLinks(false).setUuidOption(uuids);
}

const request = (options: streams.ReadReq.Options): streams.ReadReq => new streams.ReadReq().setOptions(options);

/** One stream from a revision (inclusive), forwards. */
export function streamRequest(stream: string, fromRevision: number, maxCount: number): streams.ReadReq {
  const identifier = new shared.StreamIdentifier().setStreamName(Uint8Array.from(Buffer.from(stream, 'utf8')));
  const from = new streams.ReadReq.Options.StreamOptions()
    .setStreamIdentifier(identifier)
    .setRevision(fromRevision.toString());
  return request(base().setStream(from).setNoFilter(empty()).setCount(maxCount.toString()));
}

/** `$all` from a position, which the server takes as inclusive, forwards. */
export function allRequest(from: bigint, maxCount: number, prefixes: readonly string[]): streams.ReadReq {
  return request(base().setAll(fromPosition(from)).setFilter(filter(prefixes)).setCount(maxCount.toString()));
}

/** The newest event of `$all` among these streams. */
export function lastRequest(prefixes: readonly string[]): streams.ReadReq {
  const end = new streams.ReadReq.Options.AllOptions().setEnd(empty());
  const options = base().setAll(end).setFilter(filter(prefixes)).setCount('1');
  return request(options.setReadDirection(streams.ReadReq.Options.ReadDirection.BACKWARDS));
}

/** `$all` after a position (exclusive here), and on with what comes. */
export function followRequest(after: bigint, prefixes: readonly string[]): streams.ReadReq {
  const options = base().setAll(fromPosition(after)).setFilter(filter(prefixes));
  return request(options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions()));
}

function fromPosition(position: bigint): streams.ReadReq.Options.AllOptions {
  const all = new streams.ReadReq.Options.AllOptions();
  if (position === START) return all.setStart(empty());
  // Commit and prepare positions are one for everything but explicit transactions, which no gRPC client can write.
  const text = position.toString();
  return all.setPosition(new streams.ReadReq.Options.Position().setCommitPosition(text).setPreparePosition(text));
}

function filter(prefixes: readonly string[]): streams.ReadReq.Options.FilterOptions {
  const names = new streams.ReadReq.Options.FilterOptions.Expression().setPrefixList([...prefixes]);
  const options = new streams.ReadReq.Options.FilterOptions().setStreamIdentifier(names);
  return options.setMax(SEARCH_WINDOW).setCheckpointintervalmultiplier(1);
}
