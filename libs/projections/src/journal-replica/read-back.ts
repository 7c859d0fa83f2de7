import type { Clock, Ids } from '@claviger/platform';
import {
  type EventRecord,
  type EventStore,
  EventStoreUnavailable,
  NO_STREAM,
  UnknownOutcome,
  WrongExpectedRevision,
} from '@claviger/ports';

/** Streams of marks: one per node, in the namespace of the journals, of which the store keeps the newest event. */
export const MARK_PREFIX = 'journal-mark-';

const TYPE = 'JournalMark';
const MOST_TRIES = 5;
/** A mark that has not come back by then will not be waited for. */
const GIVE_UP_MS = 5_000;
const TOKEN_BYTES = 16;

interface Sent {
  readonly number: number;
}

interface Waiter extends Sent {
  readonly resolve: () => void;
}

export interface ReadBackOptions {
  readonly store: EventStore;
  readonly node: string;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Knows when a subscription has come as far as the store was at some moment: a mark is appended, and read back through that very
 * subscription. The store's head would not do: the newest event need not be one that the subscription is ever given.
 */
export class ReadBack {
  readonly #stream: string;
  /** Marks under way by their token, which nobody can know before it is stored. */
  readonly #sent = new Map<string, number>();
  #waiters: Waiter[] = [];
  #number = 0;
  #revision = NO_STREAM;
  #running: Promise<Sent> | undefined;
  #next: Promise<Sent> | undefined;

  constructor(private readonly on: ReadBackOptions) {
    this.#stream = `${MARK_PREFIX}${on.node}`;
  }

  /** The streams that the subscription must hold beside its own. */
  get stream(): string {
    return this.#stream;
  }

  /**
   * Resolves when everything was read that the store held at the call. Calls that come while a mark is being appended share the next.
   * @throws EventStoreUnavailable
   */
  async upToDate(): Promise<void> {
    const { number } = await this.#mark();
    // It may have been read before the append was answered.
    if (![...this.#sent.values()].includes(number)) return;
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        number,
        resolve: () => {
          timer.cancel();
          resolve();
        },
      };
      const timer = this.on.clock.after(GIVE_UP_MS, () => {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        for (const [token, sent] of this.#sent) if (sent === number) this.#sent.delete(token);
        reject(new EventStoreUnavailable(`a mark in the journals was not read back within ${GIVE_UP_MS} ms`));
      });
      this.#waiters.push(waiter);
    });
  }

  /** What the subscription delivered of {@link stream}. */
  read({ data }: EventRecord): void {
    const number = this.#sent.get(tokenIn(data));
    if (number === undefined) return;
    for (const [token, sent] of this.#sent) if (sent <= number) this.#sent.delete(token);
    const ready = this.#waiters.filter((waiter) => waiter.number <= number);
    this.#waiters = this.#waiters.filter((waiter) => waiter.number > number);
    for (const { resolve } of ready) resolve();
  }

  #mark(): Promise<Sent> {
    if (this.#running === undefined) return this.#send();
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#send();
      });
    return this.#next;
  }

  #send(): Promise<Sent> {
    this.#running = this.#append().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #append(): Promise<Sent> {
    const { store, ids } = this.on;
    this.#number += 1;
    const number = this.#number;
    const token = Buffer.from(ids.random(TOKEN_BYTES)).toString('hex');
    this.#sent.set(token, number);
    const data = JSON.stringify({ token });
    const event = { id: ids.uuid4(), type: TYPE, schemaVersion: 1, data, metadata: '{}', mac: new Uint8Array() };
    try {
      for (let tries = 1; ; tries += 1) {
        try {
          await store.append(this.#stream, this.#revision, [event]);
          this.#revision += 1;
          return { number };
        } catch (error) {
          // It may be there: then it comes back, and nobody has to ask again.
          if (error instanceof UnknownOutcome) return { number };
          // An earlier run of this node left the stream there, or a mark whose outcome was not known.
          if (!(error instanceof WrongExpectedRevision) || tries === MOST_TRIES) throw error;
          this.#revision = error.actual;
        }
      }
    } catch (error) {
      this.#sent.delete(token);
      throw error;
    }
  }
}

/** Total; empty for what is no mark. */
function tokenIn(data: string): string {
  return /^\{"token":"([0-9a-f]{32})"\}$/.exec(data)?.[1] ?? '';
}
