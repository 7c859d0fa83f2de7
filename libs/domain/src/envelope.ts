/** A past fact, as an aggregate decides and folds it. */
export interface DomainEvent<T extends string = string, D = unknown> {
  readonly type: T;
  readonly data: D;
}

/** Revisions of what a decision was based on; -1 where the stream did not exist. */
export interface DecidedOn {
  readonly key?: number;
  readonly policy?: number;
  readonly principal?: number;
}

/** Stored beside every event. Plain except `detail`, which is ciphertext. */
export interface EventMetadata {
  /** UUID of the command; event ids derive from it. */
  readonly commandId: string;
  /** SHA-256 (hex) over method, path and canonical body; absent for internal commands. */
  readonly requestHash?: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly causationId?: string;
  /** Opaque principal id, or `system:<name>`. */
  readonly actor: string;
  readonly account: string;
  readonly protocol: string;
  readonly operation: string;
  readonly node: string;
  /** Per node, gapless while the process lives. */
  readonly sequence: number;
  readonly decidedOn: DecidedOn;
  /** ISO 8601 with milliseconds, UTC. */
  readonly occurredAt: string;
  /** Base64 of the sealed personal part (source address, user agent, names, reason); absent once there is none. */
  readonly detail?: string;
}

/**
 * An aggregate is three pure functions. `decide` throws KmsError when the command is not legal; it never looks at a clock:
 * time, approvals and made material come in `context`. `evolve` never decides and never throws on a stored event.
 */
export interface Decider<S, C, E extends DomainEvent, X> {
  readonly initialState: S;
  /** `at` is the event's occurredAt in epoch milliseconds. */
  evolve(state: S, event: E, at: number): S;
  decide(state: S, command: C, context: X): Decision<E>;
}

/**
 * What a command leads to. Commands that need new key material are decided twice: first without it, for legality, which yields the
 * request for material; then with the generated public part in the context, which yields the events.
 */
export type Decision<E extends DomainEvent> =
  | { readonly kind: 'events'; readonly events: readonly E[] }
  | { readonly kind: 'material'; readonly version: number };
