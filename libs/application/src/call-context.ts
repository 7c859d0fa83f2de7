import type { DecidedOn } from '@claviger/domain';

/** Who calls, as resolved by authentication. Immutable for the length of the call. */
export interface Caller {
  /** Opaque principal id, or `system:<name>` for the service's own processes. */
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly arn: string;
  readonly administrator: boolean;
  readonly environment: string | null;
  /** Revision of the principal's stream that was looked at; -1 for system callers. */
  readonly revision: number;
}

/** Where a call comes from. Personal: goes into the sealed part of records only. */
export interface CallSource {
  readonly address: string;
  readonly userAgent: string | null;
}

/** Calls that entered the use gate between two of its drains. */
export interface GateEpoch {
  running: number;
  onEmpty: (() => void) | undefined;
  /** A revocation has waited long enough: what is still inside is not answered any more. */
  over: boolean;
}

/**
 * What the record of a call says besides who and when. Filled in on the way down, read once by the audit trail.
 */
export interface CallFacts {
  keyId: string | null;
  version: number | null;
  decidedOn: DecidedOn;
  /** Canonical JSON of the encryption context; empty when there is none. */
  context: string;
  /** Name or ARN by which the caller named the key, where it was not the key id. */
  named: string | null;
  /** More for the open part of the record, plain and never secret: `{ "bytes": 32 }`. */
  extra: Readonly<Record<string, string | number | boolean | null>> | null;
  /** Events that are this call's record; then no journal entry is written. */
  events: number;
  /** The version that a re-encryption decrypted with. */
  source: { readonly keyId: string; readonly version: number } | null;
  /** True for uses of key material: they move `last_used`. */
  counts: boolean;
  /** Where the use gate counts this call; null while the call is not inside. The gate's own. */
  inside: GateEpoch | null;
}

/** Made once at the wire, first argument all the way down. */
export interface CallContext {
  readonly caller: Caller;
  readonly region: string;
  readonly source: CallSource;
  readonly requestId: string;
  /** `aws-kms`, `admin`, `system`. */
  readonly protocol: string;
  /** The protocol's name of the operation in AWS terms: `Encrypt`, `CreateKey`, … */
  readonly operation: string;
  /** The caller's stated reason or ticket. */
  readonly reason: string | null;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Makes a change repeatable without doubling it; null: every call is a new command. */
  readonly idempotencyKey: string | null;
  /** SHA-256 (hex) over method, path and canonical body; null where there is no idempotency key. */
  readonly requestHash: string | null;
  /** Stream revision the caller insists on (If-Match); null: any. */
  readonly ifMatch: number | null;
  readonly facts: CallFacts;
}

export const newFacts = (): CallFacts => ({
  keyId: null,
  version: null,
  decidedOn: {},
  context: '',
  named: null,
  extra: null,
  events: 0,
  source: null,
  counts: false,
  inside: null,
});

/** A call that failed before its caller was known. */
export interface UnauthenticatedCall {
  readonly source: CallSource;
  readonly requestId: string;
  readonly protocol: string;
  readonly operation: string;
  readonly error: string;
}
