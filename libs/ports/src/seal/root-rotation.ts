import type { Seal } from './contract.js';

/** A change of the root key that is under way. Ids are those of `rootKeyId`. */
export interface RootChange {
  readonly from: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/**
 * Optional capability: a seal whose root key can be exchanged while it is in use. Between {@link beginRootChange} and
 * {@link finishRootChange} it holds both keys, wraps under the new one and unwraps under either; that survives a restart. Every method
 * but `rootChange` throws `Sealed`.
 */
export interface RootRotation {
  /** The change under way, or undefined. */
  rootChange(): RootChange | undefined;

  /**
   * Makes a new root key; on return it is durable beside the old one, and nothing is wrapped under the old one by this seal any more.
   * Where a change is under way already, also one that another process began, that one is taken up.
   */
  beginRootChange(now: number): Promise<RootChange>;

  /**
   * The same sealing key wrapped under the present root key; `current` when it is that already; undefined when it verifies under no
   * root key held.
   */
  rewrap(wrapped: Uint8Array, context: string): Promise<Uint8Array | 'current' | undefined>;

  /**
   * Forgets the former root key for good, durable on return: what is still wrapped under it is lost. Does nothing when no change is
   * under way.
   * @throws RangeError when the change under way leads to another key than `to`
   */
  finishRootChange(to: string): Promise<void>;

  /**
   * Looks whether another process has begun or finished a change, and takes that over. Each process that shares a seal has to call it
   * more often than a change takes at least (the settling time of whoever drives it).
   */
  refreshRoot(): Promise<void>;
}

export function canRotateRoot(seal: Seal): seal is Seal & RootRotation {
  return 'beginRootChange' in seal && 'rewrap' in seal && 'finishRootChange' in seal;
}
