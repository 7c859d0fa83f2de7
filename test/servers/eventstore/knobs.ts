/** Which calls a fault is for. `batch-append` is the streaming form of append. */
export type CallKind = 'append' | 'batch-append' | 'read' | 'subscribe' | 'delete' | 'features' | 'gossip';

/** `before` the server has done anything, or `after` it has stored (or read) and only the answer is missing. */
export type When = 'before' | 'after';

export type Fault =
  /** The connection stays up, the answer never comes. */
  | { readonly kind: 'silence'; readonly when: When }
  /** Answers with that gRPC status; `aborted` is the server's own time-out while it replicates. */
  | {
      readonly kind: 'unavailable' | 'cancelled' | 'deadline-exceeded' | 'aborted' | 'unknown';
      readonly when: When;
    }
  /** Trailers that name another node as the leader. */
  | { readonly kind: 'not-leader'; readonly host: string; readonly port: number }
  | { readonly kind: 'access-denied' }
  | { readonly kind: 'stream-deleted' }
  | { readonly kind: 'too-large' }
  /** Reads and subscriptions: after so many events the call fails, just ends, or falls silent. */
  | { readonly kind: 'drop-after'; readonly events: number; readonly how: 'unavailable' | 'end' | 'silence' }
  /** Subscriptions: each event comes again, together with the `events` before it. */
  | { readonly kind: 'duplicates'; readonly events: number }
  /** Subscriptions: a checkpoint at the position that the next event will have, whenever it is caught up. */
  | { readonly kind: 'checkpoints-past-the-end' };

interface Armed {
  readonly fault: Fault;
  readonly containing: string;
  left: number;
}

/** Set while the server runs; a call takes the first fault that fits it. */
export class Knobs {
  readonly #armed = new Map<CallKind, Armed[]>();
  readonly #calls = new Map<CallKind, Map<string, number>>();

  /** @param containing only calls for a stream, or a filter, whose name contains this text */
  arm(call: CallKind, fault: Fault, { times = Infinity, containing = '' } = {}): void {
    this.#armed.set(call, [...(this.#armed.get(call) ?? []), { fault, containing, left: times }]);
  }

  /** Takes back every fault, or those of one kind of call. */
  clear(call?: CallKind): void {
    if (call === undefined) this.#armed.clear();
    else this.#armed.delete(call);
  }

  /**
   * Calls of this kind since the server started, whatever became of them.
   * @param containing only those for a stream, or a filter, whose name contains this text
   */
  calls(call: CallKind, containing = ''): number {
    let sum = 0;
    for (const [about, count] of this.#calls.get(call) ?? []) if (about.includes(containing)) sum += count;
    return sum;
  }

  /** Counts the call, and uses up one turn of the fault that it gets. */
  take(call: CallKind, about: string): Fault | undefined {
    const counts = this.#calls.get(call) ?? new Map<string, number>();
    this.#calls.set(call, counts.set(about, (counts.get(about) ?? 0) + 1));
    const armed = this.#armed.get(call)?.find(({ left, containing }) => left > 0 && about.includes(containing));
    if (armed === undefined) return undefined;
    armed.left -= 1;
    return armed.fault;
  }
}
