import { randomUUID } from 'node:crypto';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { answerOf, invalidPosition, momentOf, streamDeleted } from './failures.js';
import { type Filter, filterOf } from './filter.js';
import type { Knobs } from './knobs.js';
import { caughtUp, checkpoint, confirmation, eventMessage } from './messages.js';
import type { StandInStore } from './store.js';
import { EventWriter, type ReadCall } from './writer.js';

/** A catch-up subscription to `$all` or to one stream: after a position (exclusive), and on with what is stored later. */
export function subscribe(
  store: StandInStore,
  knobs: Knobs,
  call: ReadCall,
  options: streams.ReadReq.Options,
  about: string,
): void {
  const fault = knobs.take('subscribe', about);
  if (momentOf(fault) !== undefined) {
    const error = fault === undefined ? undefined : answerOf(fault, about);
    if (error !== undefined) call.emit('error', error);
    return;
  }
  const writer = new EventWriter(call, fault);
  if (options.hasStream() && store.streams.isTombstoned(about)) return writer.fail(streamDeleted(about));
  const filter = options.hasStream() ? onlyStream(about) : filterOf(options);
  const start = startOf(store, options, about);
  if (start === undefined) return writer.fail(invalidPosition());
  const pastTheEnd = fault?.kind === 'checkpoints-past-the-end';
  new Follower(store, writer, filter, start, pastTheEnd).run().catch((error: unknown) => call.destroy(error as Error));
}

const onlyStream = (name: string): Filter => ({
  matches: ({ stream }) => stream === name,
  checkpointEvery: Infinity,
  about: name,
});

/** Index of the first event to look at; undefined for a position behind the end of the log. */
function startOf(store: StandInStore, options: streams.ReadReq.Options, about: string): number | undefined {
  const { streams: stored } = store;
  const stream = options.getStream();
  if (stream !== undefined) {
    if (stream.hasEnd()) return stored.all.length;
    const after = stream.hasRevision() ? BigInt(stream.getRevision()) : -1n;
    const first = stored.of(about).find(({ revision }) => revision > after);
    return first === undefined ? stored.all.length : stored.indexAt(first.position);
  }
  const all = options.getAll();
  if (all?.hasEnd() === true) return stored.all.length;
  const position = all?.getPosition();
  if (position === undefined) return 0;
  const after = BigInt(position.getCommitPosition());
  return after > store.end ? undefined : stored.indexAt(after + 1n);
}

class Follower {
  #searched = 0;
  #wake = (): void => undefined;

  constructor(
    private readonly store: StandInStore,
    private readonly writer: EventWriter,
    private readonly filter: Filter,
    private next: number,
    private readonly pastTheEnd: boolean,
  ) {}

  async run(): Promise<void> {
    const stop = this.store.onCommit(() => this.#wake());
    try {
      await this.writer.write(confirmation(randomUUID()));
      await this.#catchUp();
      await this.writer.write(caughtUp());
      while (!this.writer.closed) {
        if (this.pastTheEnd) await this.writer.write(checkpoint(this.store.end));
        await this.#moved();
        await this.#catchUp();
      }
    } finally {
      stop();
    }
  }

  async #catchUp(): Promise<void> {
    const { all } = this.store.streams;
    for (let event = all[this.next]; event !== undefined && !this.writer.closed; event = all[this.next]) {
      this.next += 1;
      this.#searched += 1;
      if (this.filter.matches(event)) await this.writer.event(eventMessage(event));
      if (this.#searched >= this.filter.checkpointEvery) {
        this.#searched = 0;
        await this.writer.write(checkpoint(event.position));
      }
    }
  }

  /** Until there is more in the log, or the client is gone. */
  async #moved(): Promise<void> {
    while (this.next >= this.store.streams.all.length && !this.writer.closed) {
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.writer.closing]);
    }
  }
}
