import type { Clock, Timer } from '@claviger/platform';
import { type JournalEntry, JournalOverloaded } from './contract.js';
import type { DetailKey } from './detail-keys.js';
import type { GroupItem } from './group-builder.js';

/** A call that waits for its entry to be durable. */
export interface Waiting extends GroupItem {
  readonly entry: JournalEntry;
  /** Set before the entry joins the queue. */
  detailKey: DetailKey | undefined;
  /** Upper bound in bytes of what the entry adds to a group. */
  readonly cost: number;
  readonly since: number;
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: Error) => void;
  settled: boolean;
  /** Called once when it is settled. */
  left: (() => void) | undefined;
}

/**
 * The calls that wait, in three places: for their detail key, in the queue, in the group that is being flushed.
 * Bounded by number, bytes and time.
 */
export class WaitingRoom {
  readonly #keyless = new Set<Waiting>();
  #queue: Waiting[] = [];
  #flight: readonly Waiting[] = [];
  #calls = 0;
  #bytes = 0;
  #timer: Timer | undefined;
  readonly #whenEmpty: (() => void)[] = [];

  constructor(
    private readonly limits: { readonly calls: number; readonly bytes: number; readonly milliseconds: number },
    private readonly clock: Clock,
  ) {}

  get calls(): number {
    return this.#calls;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Why one more call of that cost cannot wait; undefined when it can. */
  refusal(cost: number): JournalOverloaded | undefined {
    if (this.#calls < this.limits.calls && this.#bytes + cost <= this.limits.bytes) return undefined;
    return new JournalOverloaded(`${this.#calls} calls (${this.#bytes} bytes) wait for the audit journal`);
  }

  admit(
    entry: JournalEntry,
    cost: number,
    resolve: (sequence: number) => void,
    reject: (error: Error) => void,
  ): Waiting {
    const since = this.clock.monotonic();
    this.#calls++;
    this.#bytes += cost;
    this.#timer ??= this.clock.after(this.limits.milliseconds, this.#expire);
    return { entry, detailKey: undefined, cost, since, resolve, reject, settled: false, left: undefined };
  }

  holdForKey(waiting: Waiting): void {
    this.#keyless.add(waiting);
  }

  /** The key is there (or none is needed): the entry joins the queue. False when it has waited too long meanwhile. */
  enqueue(waiting: Waiting, key: DetailKey | undefined): boolean {
    this.#keyless.delete(waiting);
    if (waiting.settled) return false;
    waiting.detailKey = key;
    this.#queue.push(waiting);
    return true;
  }

  /** Cost of the entry that would be flushed next. */
  nextCost(): number {
    return this.#queue[0]?.cost ?? 0;
  }

  /** Moves as many calls as fit into `cost` bytes from the queue into flight. */
  board(cost: number): readonly Waiting[] {
    let count = 0;
    let sum = 0;
    for (const waiting of this.#queue) {
      sum += waiting.cost;
      if (sum > cost) break;
      count++;
    }
    if (count === this.#queue.length) {
      this.#flight = this.#queue;
      this.#queue = [];
    } else {
      this.#flight = this.#queue.splice(0, count);
    }
    return this.#flight;
  }

  /** The group in flight is durable. */
  landed(firstSequence: number): void {
    const flight = this.#flight;
    this.#flight = [];
    for (let i = 0; i < flight.length; i++) {
      const waiting = flight[i];
      if (waiting !== undefined && this.#settle(waiting)) waiting.resolve(firstSequence + i);
    }
  }

  /** The group in flight failed; how many calls were in it. */
  lost(error: Error): number {
    const flight = this.#flight;
    this.#flight = [];
    for (const waiting of flight) this.fail(waiting, error);
    return flight.length;
  }

  /** Everything that is not in flight fails. */
  clear(error: Error): void {
    const waiting = [...this.#keyless, ...this.#queue];
    this.#keyless.clear();
    this.#queue = [];
    for (const one of waiting) this.fail(one, error);
  }

  fail(waiting: Waiting, error: Error): void {
    this.#keyless.delete(waiting);
    if (this.#settle(waiting)) waiting.reject(error);
  }

  /** Resolves when all such entries that wait now, in the queue or for their key, are settled. */
  async gone(such: (entry: JournalEntry) => boolean): Promise<void> {
    const matching = [...this.#keyless, ...this.#queue].filter((waiting) => such(waiting.entry));
    await Promise.all(matching.map((waiting) => new Promise<void>((resolve) => (waiting.left = resolve))));
  }

  /** Resolves when nobody waits. */
  async empty(): Promise<void> {
    while (this.#calls > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #settle(waiting: Waiting): boolean {
    if (waiting.settled) return false;
    waiting.settled = true;
    this.#calls--;
    this.#bytes -= waiting.cost;
    waiting.left?.();
    if (this.#calls === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    return true;
  }

  /** Fails what has waited too long, in flight as well: whether that becomes durable is then nobody's concern any more. */
  readonly #expire = (): void => {
    this.#timer = undefined;
    const limit = this.limits.milliseconds;
    const now = this.clock.monotonic();
    let oldest: number | undefined;
    const look = (waiting: Waiting): void => {
      if (waiting.settled) return;
      if (now - waiting.since >= limit) {
        this.fail(waiting, new JournalOverloaded(`the audit journal did not take the entry within ${limit} ms`));
      } else oldest = Math.min(oldest ?? waiting.since, waiting.since);
    };
    for (const waiting of [...this.#keyless, ...this.#flight, ...this.#queue]) look(waiting);
    this.#queue = this.#queue.filter((waiting) => !waiting.settled);
    if (oldest !== undefined) {
      this.#timer = this.clock.after(Math.max(1, oldest + limit - now), this.#expire);
    }
  };
}
