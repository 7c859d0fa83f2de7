import type { SecretBytes } from '@claviger/crypto';

/** The key under which one account's personal detail of one month is sealed. The same object as long as it is the current one. */
export interface DetailKey {
  readonly account: string;
  /** `2026-11`, UTC. */
  readonly month: string;
  /** Counts from 0; grows when a key was erased and its month still went on. */
  readonly generation: number;
  /** 32 bytes. */
  readonly key: SecretBytes;
}

/**
 * Keys of personal detail, per account and month. Destroying one erases the detail of all entries and events that it sealed, and
 * nothing else.
 */
export abstract class DetailKeys {
  /** The current key if it is at hand without I/O. */
  abstract cached(account: string, month: string): DetailKey | undefined;

  /** The current key, made (durable on return) when there is none. */
  abstract forWriting(account: string, month: string): Promise<DetailKey>;

  /** The key of a generation, or undefined when it was destroyed or never existed. */
  abstract forReading(account: string, month: string, generation: number): Promise<SecretBytes | undefined>;

  /** Destroys every generation there is, durable on return. Idempotent. A key asked for afterwards is a new generation. */
  abstract erase(account: string, month: string): Promise<void>;
}

/** Month of a moment in UTC, as {@link DetailKey.month}. */
export function monthOf(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().slice(0, 7);
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export function isMonth(text: string): boolean {
  return MONTH.test(text);
}
