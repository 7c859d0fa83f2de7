/**
 * Ciphertext of secrets, apart from events and apart from the root key. Everything in here is sealed;
 * a copy of this store alone reveals nothing.
 */

/** What a sealed record protects; part of the additional data of its encryption. */
export const SEALED_KINDS = ['material', 'access-key', 'detail-key', 'system-key'] as const;

export type SealedKind = (typeof SEALED_KINDS)[number];

export function isSealedKind(value: unknown): value is SealedKind {
  return SEALED_KINDS.some((kind) => kind === value);
}

export interface SealedRecord {
  /** UUID, canonical lower case. */
  readonly reference: string;
  readonly kind: SealedKind;
  /** Sealing key of this one record, wrapped by the seal. */
  readonly wrappedKey: Uint8Array;
  /** The secret under the sealing key, all its metadata as additional data. */
  readonly blob: Uint8Array;
  /** JSON text of the metadata that is authenticated as additional data. Nothing secret. */
  readonly about: string;
}

/** The reference was destroyed; nothing can ever be stored under it again. */
export class ReferenceDestroyed extends Error {
  override readonly name = 'ReferenceDestroyed';
  constructor(readonly reference: string) {
    super(`the sealed record ${reference} was destroyed and cannot be stored again`);
  }
}

/** The store cannot serve now. Whether the call took effect is unknown; every call may be repeated, since all are idempotent. */
export class SealedStoreUnavailable extends Error {
  override readonly name = 'SealedStoreUnavailable';
  constructor(
    /**
     * `full`: no room on the disk · `busy`: another process holds the file or the row, or too many use the server · `damaged`: not of
     * this store · `io`: anything else of the disk or the connection.
     */
    readonly reason: 'full' | 'busy' | 'damaged' | 'io' | 'closed',
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`the sealed store is unavailable (${reason}): ${detail}`, options);
  }
}

/**
 * Every method throws {@link SealedStoreUnavailable} when the store cannot serve, and RangeError for a reference that is no
 * canonical UUID.
 */
export abstract class SealedStore {
  /**
   * Stores a record, durable on return. A record that exists is never replaced: the stored one is returned instead
   * (so that creation is idempotent and concurrent creators agree).
   *
   * @throws ReferenceDestroyed
   */
  abstract putIfAbsent(record: SealedRecord): Promise<SealedRecord>;

  /** The record, or undefined when it never existed or was destroyed. */
  abstract get(reference: string): Promise<SealedRecord | undefined>;

  /**
   * Puts another wrapping of the same sealing key in the place of the present one: `next`, if the record's wrapped key is `expected`.
   * Durable on return; the old bytes are erased as by {@link destroy}. Blob and metadata stay as they are.
   *
   * @returns true when the record holds `next` now, also if it did before the call; false when there is no such record, it was
   *   destroyed, or has a third wrapped key
   * @throws RangeError when `next` is of another length than `expected`: a store may only be able to erase what it overwrites in place
   */
  abstract replaceWrappedKey(reference: string, expected: Uint8Array, next: Uint8Array): Promise<boolean>;

  /**
   * Erases blob and sealing key, durable on return. A store that owns its file overwrites them there; one on a server says in its own
   * comment what the server may still hold. Idempotent. A destroyed reference can never be put again, also when nothing had been
   * stored under it.
   */
  abstract destroy(reference: string): Promise<void>;

  /** References of one kind in ascending order after `after`, at most `maxCount`. */
  abstract list(kind: SealedKind, after: string, maxCount: number): Promise<readonly string[]>;

  /** Waits for running calls, releases the file. Idempotent; every later call but this one is refused (`closed`). */
  abstract close(): Promise<void>;
}
