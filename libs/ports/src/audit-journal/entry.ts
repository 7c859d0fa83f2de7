import type { DecidedOn } from '@claviger/domain';

export type CallResult = 'success' | 'denied' | 'failure';

/** The open part of a journal entry: no personal data, covered by the chain in clear. Members are absent where they say nothing. */
export interface OpenEntry {
  /** Format version. */
  readonly v: 1;
  /** Request id, also in the answer's header. */
  readonly id: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  readonly node: string;
  /** Opaque principal id; absent where the caller did not authenticate. */
  readonly principal?: string;
  readonly account?: string;
  readonly region?: string;
  readonly protocol: string;
  readonly operation: string;
  readonly result: CallResult;
  /** Kind of the error, where the result is not success. */
  readonly error?: string;
  readonly key?: string;
  readonly version?: number;
  readonly decidedOn?: DecidedOn;
  /** Uses of key material: they move `last_used`. */
  readonly counts?: true;
  /** The version that was decrypted with, where the call also used another (re-encryption). */
  readonly source?: { readonly key: string; readonly version: number };
  /** How many calls this entry stands for, where several unauthenticated ones were summed. */
  readonly calls?: number;
  readonly extra?: Readonly<Record<string, string | number | boolean | null>>;
}

/** The personal part: sealed in the journal, in clear only in the audit view. Also the form of an event's sealed detail. */
export interface EntryDetail {
  readonly source?: string;
  readonly userAgent?: string;
  /** Name of the principal at that time. */
  readonly name?: string;
  readonly reason?: string;
  /** Encryption context. */
  readonly context?: Readonly<Record<string, string>>;
  /** How the caller named the key, where it was not the key id. */
  readonly named?: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Total: undefined for anything that is not an open part of a known format. */
export function parseOpenEntry(text: string): OpenEntry | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || value['v'] !== 1) return undefined;
  for (const name of ['id', 'at', 'node', 'protocol', 'operation', 'result']) {
    if (typeof value[name] !== 'string') return undefined;
  }
  return value as unknown as OpenEntry;
}

/** Total: an empty detail for text that is none (erased, or there never was one). */
export function parseEntryDetail(text: string): EntryDetail {
  const value = text === '' ? undefined : parseJson(text);
  return isRecord(value) ? value : {};
}
