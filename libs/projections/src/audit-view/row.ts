import type { DecidedOn } from '@claviger/domain';
import type { CallResult } from '@claviger/ports';

export type ExtraValue = string | number | boolean | null;

/** One call as an auditor sees it, whether it was recorded by a journal entry or by the events that it appended. */
export interface AuditRow {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly source: 'journal' | 'event';
  /** Sequence of the journal entry, or store position of the (first) event. */
  readonly position: string;
  readonly requestId: string;
  /** `-` where no account is known. */
  readonly account: string;
  readonly region: string | null;
  /** Opaque principal id; null where the caller did not authenticate. */
  readonly principal: string | null;
  /** Name of the principal at that time. */
  readonly principalName: string | null;
  readonly operation: string;
  readonly protocol: string;
  readonly result: CallResult;
  /** Kind of the error; {@link DAMAGED} where the record itself cannot be trusted. */
  readonly error: string | null;
  readonly keyId: string | null;
  /** The version that was used or made. */
  readonly version: number | null;
  /** All versions concerned: a rotation names the new one and the one it replaces. */
  readonly versions: readonly number[];
  readonly sourceAddress: string | null;
  readonly userAgent: string | null;
  readonly reason: string | null;
  /** How the caller named the key, where it was not the key id. */
  readonly named: string | null;
  /** Encryption context. */
  readonly context: Readonly<Record<string, string>>;
  /** Empty for journal entries. */
  readonly eventTypes: readonly string[];
  readonly node: string | null;
  readonly decidedOn: DecidedOn;
  /** How many calls the record stands for. */
  readonly calls: number;
  /** True when the personal part was erased, here or before it was folded. */
  readonly erased: boolean;
  readonly extra: Readonly<Record<string, ExtraValue>>;
}

/** `error` of a row whose record was not readable, or does not verify. Its other members are what it claims. */
export const DAMAGED = 'DamagedRecord';

/** Account of calls whose caller is not known. */
export const NO_ACCOUNT = '-';

const MOST_TYPES = 64;
const MOST_VERSIONS = 256;

/** All that a row must have; the rest says nothing. */
type Known = Pick<
  AuditRow,
  'at' | 'source' | 'position' | 'requestId' | 'account' | 'operation' | 'protocol' | 'result'
>;

export function auditRow(known: Known, more: Partial<AuditRow> = {}): AuditRow {
  return {
    region: null,
    principal: null,
    principalName: null,
    error: null,
    keyId: null,
    version: null,
    versions: [],
    sourceAddress: null,
    userAgent: null,
    reason: null,
    named: null,
    context: {},
    eventTypes: [],
    node: null,
    decidedOn: {},
    calls: 1,
    erased: false,
    extra: {},
    ...known,
    ...more,
  };
}

/** May `later` be told as part of `first`? The events of one request about one key are one record. */
export function isSameRecord(first: AuditRow, later: AuditRow): boolean {
  return (
    first.source === 'event' &&
    later.source === 'event' &&
    // What does not verify must not be able to change how a sound record reads.
    first.error === null &&
    later.error === null &&
    first.requestId !== '' &&
    first.requestId === later.requestId &&
    first.account === later.account &&
    first.keyId === later.keyId
  );
}

/** `first` told together with `later`, an event of the same record that stands behind it. */
export function mergeRows(first: AuditRow, later: AuditRow): AuditRow {
  const versions = [...new Set([...first.versions, ...later.versions])];
  return {
    ...first,
    version: first.version ?? later.version,
    versions: versions.slice(0, MOST_VERSIONS),
    eventTypes: [...first.eventTypes, ...later.eventTypes].slice(0, MOST_TYPES),
    erased: first.erased || later.erased,
    extra: { ...later.extra, ...first.extra },
  };
}
