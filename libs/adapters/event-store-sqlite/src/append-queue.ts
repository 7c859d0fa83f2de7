import { type AppendResult, EventStoreUnavailable, MAX_BYTES_PER_APPEND } from '@claviger/ports';
import type { Append, Appender } from './appender.js';
import { commitFailure, isStoreWide, unavailable } from './failure.js';
import type { Transaction } from './transaction.js';

/** Most that one transaction takes, so that a burst does not hold the event loop for long. */
const MOST_PER_GROUP = 256;
const MOST_EVENTS_PER_GROUP = 2_000;

/** Beyond this appends are refused rather than kept waiting for a disk that does not keep up. */
const MOST_WAITING = 10_000;
const MOST_BYTES_WAITING = 64 * MAX_BYTES_PER_APPEND;

interface Waiting extends Append {
  readonly size: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

type Outcome = AppendResult | Error;

/**
 * Group commit: the appends of one turn of the event loop share a transaction, and so one sync of the disk. Nobody is answered before
 * the commit, not even a conflict: what it conflicts with may be part of the same transaction.
 */
export class AppendQueue {
  #waiting: Waiting[] = [];
  #bytes = 0;
  #scheduled = false;

  constructor(
    private readonly transaction: Transaction,
    private readonly appender: Appender,
    private readonly on: {
      /** Inside the transaction, before the first append. */
      readonly begun: () => void;
      readonly committed: () => void;
      readonly rolledBack: (error: unknown) => void;
    },
  ) {}

  add(append: Append): Promise<AppendResult> {
    const size = append.events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    if (this.#waiting.length >= MOST_WAITING || this.#bytes + size > MOST_BYTES_WAITING) {
      return Promise.reject(new EventStoreUnavailable('too many appends are waiting'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...append, size, resolve, reject });
      this.#bytes += size;
      this.#schedule();
    });
  }

  /** Carries out all that waits, at once. */
  drain(): void {
    while (this.#waiting.length > 0) this.#carryOut(this.#nextGroup());
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#carryOut(this.#nextGroup());
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #nextGroup(): readonly Waiting[] {
    let count = 0;
    let events = 0;
    for (const { events: more } of this.#waiting) {
      if (count === MOST_PER_GROUP || (count > 0 && events + more.length > MOST_EVENTS_PER_GROUP)) break;
      count += 1;
      events += more.length;
    }
    const group = this.#waiting.splice(0, count);
    for (const { size } of group) this.#bytes -= size;
    return group;
  }

  #carryOut(group: readonly Waiting[]): void {
    if (group.length === 0) return;
    const outcomes = this.#commit(group);
    outcomes.forEach((outcome, i) => {
      if (outcome instanceof Error) group[i]?.reject(outcome);
      else group[i]?.resolve(outcome);
    });
    this.on.committed();
  }

  #commit(group: readonly Waiting[]): Outcome[] {
    const outcomes: Outcome[] = [];
    // 1. Everything up to COMMIT can be taken back.
    try {
      this.transaction.begin();
      this.on.begun();
      for (const waiting of group) outcomes.push(this.appender.append(waiting));
    } catch (error) {
      this.#rollBack(error);
      if (group.length === 1 || isStoreWide(error)) return group.map(() => unavailable(error));
      // One of them cannot be stored; halving finds it in few commits, and the others do not suffer for it.
      const half = group.length >>> 1;
      return [...this.#commit(group.slice(0, half)), ...this.#commit(group.slice(half))];
    }
    // 2. COMMIT itself.
    try {
      this.transaction.commit();
      return outcomes;
    } catch (error) {
      this.#rollBack(error);
      return group.map(() => commitFailure(error));
    }
  }

  #rollBack(error: unknown): void {
    this.transaction.rollBack();
    this.on.rolledBack(error);
  }
}
