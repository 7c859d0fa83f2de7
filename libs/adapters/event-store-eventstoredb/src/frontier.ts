import { EventStoreUnavailable, START } from '@claviger/ports';
import type { UnaryClient } from './client.js';
import type { Reader } from './reader.js';
import { recordOf } from './record.js';
import { allRequest, lastRequest } from './requests.js';

const PAGE = 1000;

/**
 * Position of the newest event of some streams. The server can only find it by searching its log, past everything that others have
 * written since; so it is searched backwards once, and from then on forwards from where the last search is known to have come: the newest
 * event of any stream that this process had heard of before that search began.
 */
export class Frontier {
  #last: bigint | undefined;
  /** A position at which an event stands; between {@link #last} and it there is none of ours. */
  #searched = START;

  /** @param from where to start instead of at the end: a position at which an event stands, or START */
  constructor(
    private readonly client: Pick<UnaryClient, 'newest' | 'forgetNewest'>,
    private readonly reader: Pick<Reader, 'messages'>,
    private readonly prefix: string,
    private readonly prefixes: readonly string[],
    from?: bigint,
  ) {
    this.#last = from;
    this.#searched = from ?? START;
  }

  /** START where there is none. @throws EventStoreUnavailable */
  async position(): Promise<bigint> {
    const heard = this.client.newest;
    const last = await this.#search();
    this.#last = greater(last, this.#last ?? START);
    // Less than was heard of before, if the log turned out to be another one.
    const heardOf = this.client.newest < heard ? this.client.newest : heard;
    this.#searched = greater(this.#searched, greater(heardOf, this.#last));
    return this.#last;
  }

  async #search(): Promise<bigint> {
    if (this.#last === undefined) return this.#backwards();
    try {
      return await this.#forwards(this.#last, this.#searched);
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      // The log does not reach as far as it did: an older copy has taken its place. What is there now counts.
      this.#last = undefined;
      this.#searched = START;
      this.client.forgetNewest();
      return this.#backwards();
    }
  }

  async #backwards(): Promise<bigint> {
    return (await this.#positions(lastRequest(this.prefixes)))[0] ?? START;
  }

  async #forwards(last: bigint, from: bigint): Promise<bigint> {
    let newest = last;
    let searched = from;
    for (;;) {
      const positions = await this.#positions(allRequest(searched, PAGE, this.prefixes));
      newest = greater(newest, positions.at(-1) ?? START);
      if (positions.length < PAGE) return newest;
      searched = newest;
    }
  }

  async #positions(request: ReturnType<typeof lastRequest>): Promise<bigint[]> {
    const messages = await this.reader.messages(request);
    return messages.flatMap((message) => recordOf(message, this.prefix)?.record.position ?? []);
  }
}

const greater = (a: bigint, b: bigint): bigint => (a > b ? a : b);
