/**
 * The event store port: streams of immutable events with optimistic concurrency, and one global order over all of them.
 * Bodies are opaque JSON texts here; what they mean and whether they are authentic is decided in the layers above.
 */

/** A stream that must not exist yet. */
export const NO_STREAM = -1;

/** Before the first event of the store. */
export const START: bigint = 0n;

/** An event as it is handed to {@link EventStore.append}. */
export interface NewEvent {
  /** UUID, canonical lower case; deterministic, so that a repeated append is recognised. */
  readonly id: string;
  readonly type: string;
  /** Counts from 1. */
  readonly schemaVersion: number;
  /** Canonical JSON text; stored byte for byte. */
  readonly data: string;
  /** Canonical JSON text; stored byte for byte. */
  readonly metadata: string;
  /** 32 bytes once authenticated, empty before. Opaque to the store. */
  readonly mac: Uint8Array;
}

/** An event as the store keeps it. */
export interface EventRecord extends NewEvent {
  readonly stream: string;
  /** Counts from 0 within its stream. */
  readonly revision: number;
  /** Grows along the store; neither dense nor starting at a fixed value. */
  readonly position: bigint;
  /** Set by the authenticating layer on {@link EventStore.readAll}: this event's MAC does not verify. */
  readonly damaged?: true;
}

export interface AppendResult {
  /** Exactly what the store holds, never the caller's copy. */
  readonly events: readonly EventRecord[];
  /** True when the events had been stored by an earlier call with the same ids. */
  readonly repeated: boolean;
}

export interface ReadAllOptions {
  /** Exclusive: only events with a greater position are returned. */
  readonly after: bigint;
  readonly maxCount: number;
  /** Only streams whose name starts with one of these; all streams when absent. */
  readonly streamPrefixes?: readonly string[];
}

export interface AllPage {
  readonly events: readonly EventRecord[];
  /** Where the next page starts; greater than `after` even if the filter let nothing through, equal to it at the end. */
  readonly next: bigint;
  readonly atEnd: boolean;
}

export interface SubscribeOptions {
  readonly after: bigint;
  readonly streamPrefixes?: readonly string[];
  /**
   * Called with events in order, one batch at a time; the next batch waits for the returned promise.
   * A rejection stops the subscription and is handed to `onStopped`.
   */
  readonly onEvents: (events: readonly EventRecord[]) => Promise<void>;
  /** Called at most once, after the last batch: with an error when the subscription broke, without when it was stopped. */
  readonly onStopped?: (error?: Error) => void;
}

export interface Subscription {
  /** Resolves when no further batch will be delivered and a running one has ended. */
  stop(): Promise<void>;
}

/** The stream's last revision is not the expected one, and the events are not a repeat of what stands there. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: string,
    readonly expected: number,
    /** {@link NO_STREAM} when the stream does not exist. */
    readonly actual: number,
  ) {
    super(`stream ${stream} is at revision ${actual}, expected ${expected}`);
  }
}

/** The append may or may not have happened; the caller looks before it tries again. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
}

/**
 * The store cannot serve this call now: disk full, I/O error, too much waiting, or closed. An append that ends so stored nothing.
 * Later calls may succeed without anybody's help.
 */
export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
}

/** A stored event was changed, or its place in the chain was. */
export class EventIntegrityError extends Error {
  override readonly name = 'EventIntegrityError';
  constructor(
    readonly stream: string,
    readonly revision: number,
  ) {
    super(`event ${revision} of stream ${stream} does not verify`);
  }
}

export abstract class EventStore {
  /**
   * Appends all events or none, after `expectedRevision` ({@link NO_STREAM} for a new stream).
   *
   * Returns only when the events are durable. If the expected revision has passed, but the events right after it carry exactly
   * these ids in this order, the stored ones are returned with `repeated: true` (no index over ids is needed for that).
   *
   * @throws WrongExpectedRevision, UnknownOutcome, EventStoreUnavailable; RangeError for an empty or oversized batch.
   */
  abstract append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<AppendResult>;

  /** Events of one stream in order from `fromRevision` (inclusive), at most `maxCount`; empty when there are none. */
  abstract readStream(stream: string, fromRevision: number, maxCount: number): Promise<readonly EventRecord[]>;

  /** One page of the global order. MUST never skip an event that is, or will become, visible before a returned one. */
  abstract readAll(options: ReadAllOptions): Promise<AllPage>;

  /** Position of the last durable event; {@link START} for an empty store. */
  abstract head(): Promise<bigint>;

  /** Catches up from `after`, then follows. Delivers each event once and in order. */
  abstract subscribe(options: SubscribeOptions): Subscription;

  /** Waits for running appends, stops subscriptions, releases files and connections. Idempotent. */
  abstract close(): Promise<void>;
}
