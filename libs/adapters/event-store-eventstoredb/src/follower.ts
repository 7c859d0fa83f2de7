import { convertToCommandError } from '@eventstore/db-client';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { type EventRecord, matchesPrefix, type SubscribeOptions } from '@claviger/ports';
import type { ReadAnswer, UnaryClient } from './client.js';
import { failureOf, NoAnswer } from './failure.js';
import { Frontier } from './frontier.js';
import type { EventStoreDbOptions, Timing } from './options.js';
import type { Reader } from './reader.js';
import { recordOf } from './record.js';
import { followRequest } from './requests.js';
import { Backoff, Pause, within } from './retry.js';

/** Beyond this the server is kept from sending more. */
const MOST_WAITING = 500;

/** Where a follower is fed from. */
export interface FollowSource {
  readonly client: UnaryClient;
  readonly options: EventStoreDbOptions;
  readonly timing: Timing;
  /** Of the namespace. */
  readonly prefix: string;
  readonly reader: Reader;
}

/**
 * One subscription, for as long as its owner wants: the client's own ends with its connection, this one connects again. It goes on from
 * the last event that its handler has taken, never from a checkpoint: one of those may lie where the next event will stand, and resuming
 * from there would lose that event. Checkpoints only show that the connection lives, and no code of ours runs in the client's callbacks.
 */
export class Follower {
  #after: bigint;
  #stopped = false;
  #answer: ReadAnswer | undefined;
  #queue: EventRecord[] = [];
  /** Messages of any kind, over all connections. */
  #heard = 0;
  #wake = (): void => undefined;
  readonly #pause = new Pause();
  readonly #backoff: Backoff;
  readonly #prefixes: readonly string[];
  /** Settles when no further batch will come: with the handler's error if it had one. */
  readonly done: Promise<void>;

  constructor(
    private readonly source: FollowSource,
    private readonly subscription: SubscribeOptions,
  ) {
    this.#after = subscription.after;
    this.#backoff = new Backoff(source.options.ids, source.timing);
    this.#prefixes = (subscription.streamPrefixes ?? ['']).map((prefix) => source.prefix + prefix);
    this.done = this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#answer?.cancel();
    this.#pause.end();
    this.#wake();
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.source.options;
    while (!this.#stopped) {
      const broken = await this.#follow();
      if (this.#stopped) return;
      const delayMs = Math.round(this.#backoff.next());
      logger.warn('a subscription to the event store broke, it connects again', { reason: broken, delayMs });
      await this.#pause.wait(clock, delayMs);
    }
  }

  /** One connection. @returns why it ended @throws what the handler rejects with */
  async #follow(): Promise<string> {
    let ended: string | undefined;
    const end = (reason: string): void => {
      ended ??= reason;
      this.#wake();
    };
    this.#queue = [];
    const answer = await this.#open(end);
    if (answer === undefined) return ended ?? 'stopped';
    const watch = this.#watch(end);
    try {
      for (;;) {
        while (this.#queue.length === 0 && ended === undefined && !this.#stopped) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
        // What had come before the connection broke is good; what comes after is read again.
        if (this.#stopped || this.#queue.length === 0) return ended ?? 'stopped';
        await this.#hand(answer);
      }
    } finally {
      watch.cancel();
      this.#answer = undefined;
      answer.cancel();
    }
  }

  async #hand(answer: ReadAnswer): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    await this.subscription.onEvents(batch);
    this.#after = batch.at(-1)?.position ?? this.#after;
    this.#backoff.reset();
    answer.resume();
  }

  async #open(end: (reason: string) => void): Promise<ReadAnswer | undefined> {
    const { client, options, timing } = this.source;
    const opening = client.follow(followRequest(this.#after, this.#prefixes));
    try {
      const answer = await within(options.clock, timing.call, opening);
      if (this.#stopped) {
        answer.cancel();
        return undefined;
      }
      this.#answer = answer;
      this.#listen(answer, end);
      return answer;
    } catch (error) {
      opening.then((late) => late.cancel()).catch(() => undefined);
      end(reasonOf(error));
      return undefined;
    }
  }

  #listen(answer: ReadAnswer, end: (reason: string) => void): void {
    const { clock } = this.source.options;
    let seen = this.#after;
    let confirmed = false;
    const unconfirmed = clock.after(this.source.timing.call, () => {
      if (!confirmed) end(reasonOf(new NoAnswer()));
    });
    answer.on('data', (message: streams.ReadResp) => {
      // What an answer that was given up still had in its buffer is read again over the next one.
      if (this.#answer !== answer) return;
      this.#heard += 1;
      confirmed = true;
      try {
        const record = recordOf(message, this.source.prefix)?.record;
        // Delivered again, or let through by a server that compares prefixes in another way.
        if (record === undefined || record.position <= seen) return;
        seen = record.position;
        this.source.client.heardOf(seen);
        if (!matchesPrefix(record.stream, this.subscription.streamPrefixes)) return;
        this.#queue.push(record);
        if (this.#queue.length >= MOST_WAITING) answer.pause();
        this.#wake();
      } catch (error) {
        end(reasonOf(error));
      }
    });
    answer.on('error', (error: Error) => end(reasonOf(convertToCommandError(error))));
    answer.on('end', () => end('the server ended it'));
    answer.on('close', () => unconfirmed.cancel());
  }

  /** A connection that stays up and delivers nothing looks like a quiet log; so from time to time the log itself is asked. */
  #watch(end: (reason: string) => void) {
    const { client, reader, options, timing, prefix } = this.source;
    const frontier = new Frontier(client, reader, prefix, this.#prefixes, this.#after);
    let heard = -1;
    return options.clock.every(timing.stallCheck, () => {
      const quiet = heard === this.#heard && this.#queue.length === 0;
      heard = this.#heard;
      if (!quiet) return;
      const after = this.#after;
      frontier.position().then(
        (position) => {
          if (position > after && heard === this.#heard && this.#after === after) end('it fell silent');
        },
        () => undefined,
      );
    });
  }
}

function reasonOf(error: unknown): string {
  const failure = failureOf(error);
  return 'reason' in failure ? failure.reason : failure.kind;
}
