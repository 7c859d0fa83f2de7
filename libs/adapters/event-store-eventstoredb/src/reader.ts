import { convertToCommandError } from '@eventstore/db-client';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Clock, Timer } from '@claviger/platform';
import { EventStoreUnavailable } from '@claviger/ports';
import type { ReadAnswer, UnaryClient } from './client.js';
import { failureOf, NoAnswer } from './failure.js';
import type { EventStoreDbOptions, Timing } from './options.js';
import { NO_POSITION } from './record.js';
import { Backoff, within } from './retry.js';

/** Reads to the end, and repeats what was lost on the way: a read changes nothing. */
export class Reader {
  constructor(
    private readonly client: UnaryClient,
    private readonly options: Pick<EventStoreDbOptions, 'clock' | 'ids'>,
    private readonly timing: Timing,
  ) {}

  /** All messages of the answer. @throws EventStoreUnavailable */
  async messages(request: streams.ReadReq): Promise<readonly streams.ReadResp[]> {
    const { clock, ids } = this.options;
    const { retryFor } = this.timing;
    const backoff = new Backoff(ids, { ...this.timing, longestDelay: retryFor });
    const until = clock.monotonic() + retryFor;
    for (;;) {
      try {
        const messages = await this.#once(request);
        const position = messages.at(-1)?.getEvent()?.getEvent()?.getCommitPosition();
        if (position !== undefined && BigInt(position) !== NO_POSITION) this.client.heardOf(BigInt(position));
        return messages;
      } catch (error) {
        const failure = failureOf(error);
        const delay = backoff.next();
        const again = failure.kind === 'lost' && clock.monotonic() + delay < until;
        if (!again)
          throw new EventStoreUnavailable(`the event store cannot be read: ${reason(failure)}`, { cause: error });
        await new Promise<void>((resolve) => clock.after(delay, resolve));
      }
    }
  }

  async #once(request: streams.ReadReq): Promise<readonly streams.ReadResp[]> {
    const { clock } = this.options;
    const opening = this.client.read(request);
    try {
      return await collect(clock, this.timing.call, await within(clock, this.timing.call, opening));
    } catch (error) {
      // One that opens when nobody waits for it any more, or that fell silent.
      opening.then((answer) => answer.cancel()).catch(() => undefined);
      throw error;
    }
  }
}

/** The time starts anew with each message, so that a long page is not a slow one. */
function collect(clock: Clock, ms: number, answer: ReadAnswer): Promise<readonly streams.ReadResp[]> {
  const messages: streams.ReadResp[] = [];
  let moved = false;
  let timer: Timer | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    timer = clock.every(ms, () => {
      if (!moved) reject(new NoAnswer(`no answer within ${ms} ms`));
      moved = false;
    });
    answer.on('data', (message: streams.ReadResp) => {
      moved = true;
      messages.push(message);
    });
    answer.on('end', resolve);
    answer.on('error', (error: Error) => reject(convertToCommandError(error)));
  });
  return ended.then(() => messages).finally(() => timer?.cancel());
}

function reason(failure: ReturnType<typeof failureOf>): string {
  switch (failure.kind) {
    case 'refused':
    case 'lost':
    case 'failed':
      return failure.reason;
    case 'conflict':
    case 'too-large':
      return 'the server gave an answer that belongs to an append';
  }
}
