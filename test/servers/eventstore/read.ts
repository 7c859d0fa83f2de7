import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StoredEvent } from './event.js';
import { answerOf, invalidPosition, momentOf, streamDeleted } from './failures.js';
import { filterOf } from './filter.js';
import type { Knobs } from './knobs.js';
import { eventMessage, streamName, streamNotFound } from './messages.js';
import type { StandInStore } from './store.js';
import { subscribe } from './subscribe.js';
import { EventWriter, type ReadCall } from './writer.js';

/** Read: one stream or `$all`, forwards or backwards, a number of events or a subscription. */
export function readHandler(store: StandInStore, knobs: Knobs) {
  return (call: ReadCall): void => {
    call.on('error', () => undefined);
    const options = call.request.getOptions() ?? new streams.ReadReq.Options();
    const stream = options.getStream();
    const about = stream === undefined ? filterOf(options).about : streamName(stream.getStreamIdentifier());
    if (options.hasSubscription()) return subscribe(store, knobs, call, options, about);
    const fault = knobs.take('read', about);
    if (momentOf(fault) !== undefined) {
      const error = fault === undefined ? undefined : answerOf(fault, about);
      if (error !== undefined) call.emit('error', error);
      return;
    }
    const writer = new EventWriter(call, fault);
    void answer(store, options, writer, about);
  };
}

async function answer(store: StandInStore, options: streams.ReadReq.Options, writer: EventWriter, about: string) {
  if (options.hasStream() && store.streams.isTombstoned(about)) return writer.fail(streamDeleted(about));
  const found = options.hasStream() ? ofStream(store, options, about) : ofAll(store, options);
  if (found === 'no-stream') {
    await writer.write(streamNotFound(about));
    return writer.end();
  }
  if (found === 'invalid-position') return writer.fail(invalidPosition());
  let left = Number(options.getCount());
  for (const event of found) {
    if (left <= 0 || writer.closed) break;
    left -= 1;
    await writer.event(eventMessage(event));
  }
  writer.end();
}

const isBackwards = (options: streams.ReadReq.Options): boolean =>
  options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;

function ofStream(store: StandInStore, options: streams.ReadReq.Options, name: string) {
  const visible = store.streams.visible(name);
  if (visible === undefined) return 'no-stream';
  const from = options.getStream();
  const revision = from?.hasRevision() === true ? BigInt(from.getRevision()) : undefined;
  if (!isBackwards(options)) {
    return from?.hasEnd() === true ? [] : visible.filter((event) => event.revision >= (revision ?? 0n));
  }
  if (from?.hasStart() === true) return visible.slice(0, 1);
  return visible.filter((event) => revision === undefined || event.revision <= revision).toReversed();
}

/** From a position inclusive when forwards, exclusive when backwards, and only from one where an event stands. */
function ofAll(store: StandInStore, options: streams.ReadReq.Options): Iterable<StoredEvent> | 'invalid-position' {
  const { matches } = filterOf(options);
  const { all } = store.streams;
  const from = options.getAll()?.getPosition();
  const position = from === undefined ? undefined : BigInt(from.getCommitPosition());
  const backwards = isBackwards(options);
  const atEdge = options.getAll()?.hasEnd() === true ? all.length : 0;
  const index = position === undefined ? atEdge : store.streams.indexAt(position);
  if (position !== undefined && position !== store.end && all[index]?.position !== position) return 'invalid-position';
  return backwards ? downFrom(all, index, matches) : upFrom(all, index, matches);
}

function* upFrom(all: readonly StoredEvent[], index: number, matches: (event: StoredEvent) => boolean) {
  // What is stored while this read runs is not part of it.
  const end = all.length;
  for (let i = index; i < end; i++) {
    const event = all[i];
    if (event !== undefined && matches(event)) yield event;
  }
}

function* downFrom(all: readonly StoredEvent[], index: number, matches: (event: StoredEvent) => boolean) {
  for (let i = index - 1; i >= 0; i--) {
    const event = all[i];
    if (event !== undefined && matches(event)) yield event;
  }
}
