import type { Clock, Ids, Logger } from '@claviger/platform';

export interface EventStoreDbOptions {
  /**
   * `esdb://[user:password@]host[:port][,…]?tls=…` or `esdb+discover://…`, as the vendor writes it. Options: `tls`, `tlsCAFile`,
   * `userCertFile`, `userKeyFile`, `keepAliveInterval`, `keepAliveTimeout`, `connectionName`, `nodePreference=leader`.
   */
  readonly connection: string;
  /**
   * Streams of this store are named `<namespace>.<stream>` on the server; it reads, filters and counts nothing else. Letters, digits,
   * `-` and `_`. A second store over another namespace shares the connection.
   */
  readonly namespace: string;
  readonly clock: Clock;
  /** Tells repeated appends apart, and spreads retries. */
  readonly ids: Ids;
  readonly logger: Logger;
  /** New streams whose name starts so keep only this many of their newest events, for ever. */
  readonly keepNewest?: Readonly<Record<string, number>>;
  /**
   * For streams that one process writes, which repeats no append and does not ask what was stored (the journal): appends of one event are
   * answered from what was sent, without reading it back, and are never `repeated`. Default false.
   */
  readonly soleWriter?: boolean;
  readonly timing?: Partial<Timing>;
}

/** Milliseconds. */
export interface Timing {
  /** A call that has not been answered, or a read that has not moved, for so long is given up. */
  readonly call: number;
  /** A failed call is repeated until so long after its beginning. */
  readonly retryFor: number;
  /** First wait between two tries; doubled each time. */
  readonly firstDelay: number;
  /** Longest wait between two tries of a subscription. */
  readonly longestDelay: number;
  /** A subscription that was silent for so long is checked against the log. */
  readonly stallCheck: number;
}

export const DEFAULT_TIMING: Timing = {
  call: 2_000,
  retryFor: 3_000,
  firstDelay: 20,
  longestDelay: 1_000,
  stallCheck: 10_000,
};
