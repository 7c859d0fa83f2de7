import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { type ServerErrorResponse, type ServerWritableStream, status } from '@grpc/grpc-js';
import { failure } from './failures.js';
import type { Fault } from './knobs.js';

export type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;

/** Writes one answer of many messages, at the client's pace, with the faults that strike in the middle of one. */
export class EventWriter {
  #events = 0;
  #mute = false;
  #closed = false;
  #waiting: (() => void)[] = [];
  #resolveClosing = (): void => undefined;
  /** Resolves when the client is gone, or the call is over. */
  readonly closing = new Promise<void>((resolve) => (this.#resolveClosing = resolve));
  readonly #recent: streams.ReadResp[] = [];

  constructor(
    private readonly call: ReadCall,
    private readonly fault: Fault | undefined,
  ) {
    const close = (): void => this.#close();
    call.on('cancelled', close);
    call.on('close', close);
    call.on('drain', () => {
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** The client is gone, or the fault has ended the call. */
  get closed(): boolean {
    return this.#closed;
  }

  async event(message: streams.ReadResp): Promise<void> {
    await this.write(message);
    this.#events += 1;
    const { fault } = this;
    if (fault?.kind === 'duplicates') {
      this.#recent.push(message);
      for (const again of this.#recent.slice(-1 - fault.events)) await this.write(again);
    }
    if (fault?.kind === 'drop-after' && this.#events >= fault.events) this.#drop(fault.how);
  }

  async write(message: streams.ReadResp): Promise<void> {
    if (this.#closed || this.#mute) return;
    if (!this.call.write(message)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  fail(error: ServerErrorResponse): void {
    if (this.#closed || this.#mute) return;
    this.#close();
    this.call.emit('error', error);
  }

  end(): void {
    if (this.#closed || this.#mute) return;
    this.#close();
    this.call.end();
  }

  #close(): void {
    this.#closed = true;
    this.#resolveClosing();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #drop(how: 'unavailable' | 'end' | 'silence'): void {
    if (how === 'silence') this.#mute = true;
    else if (how === 'end') this.end();
    else this.fail(failure(status.UNAVAILABLE, 'Connection dropped'));
  }
}
