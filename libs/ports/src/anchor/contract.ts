/**
 * The anchor: what must never be forgotten, kept outside the data folder, so that a restored or cut copy of the data is noticed.
 */
export interface AnchorState {
  /** Journal sequence that was durable, with its chain link (32 bytes, hex). */
  readonly journal: { readonly sequence: number; readonly link: string };
  /** Store position that was applied, and the keyed sum over the last MAC of every stream at that position (hex). */
  readonly store: { readonly position: string; readonly sum: string };
  /** Epoch milliseconds of the last heartbeat. */
  readonly heartbeat: number;
}

/** The anchor cannot be written now. Whether the call took effect is unknown; it may be repeated, since all are idempotent. */
export class AnchorUnavailable extends Error {
  override readonly name = 'AnchorUnavailable';
}

/** The anchor does not verify under its key: it was changed, or belongs to something else. */
export class AnchorDamaged extends Error {
  override readonly name = 'AnchorDamaged';
}

/** Methods that write throw {@link AnchorUnavailable}, and RangeError for values that are none. */
export abstract class Anchor {
  /** The last durable state, undefined for a new anchor. */
  abstract state(): AnchorState | undefined;

  /**
   * Records heads; grouped, durable on return. Call only after what it names is durable. The last call counts, also where it goes
   * back: an operator may accept data that is older.
   */
  abstract advance(state: AnchorState): Promise<void>;

  /** Highest version number ever given to this key, 0 if none. */
  abstract versionMark(keyId: string): number;

  /** The marks of all keys, as they are now: changed by later calls. */
  abstract versionMarks(): ReadonlyMap<string, number>;

  /**
   * Raises a key's mark, never lowers it; durable on return. MUST be called before the append that creates the version.
   */
  abstract raiseVersionMark(keyId: string, version: number): Promise<void>;

  /** Material that is, or is about to be, destroyed. */
  abstract destroyed(): ReadonlySet<string>;

  /** Registers a destruction; durable on return. MUST be called before Hsm.destroy. */
  abstract registerDestruction(reference: string): Promise<void>;

  /** Can it be written now? After a failure each call tries anew. */
  abstract writable(): boolean;

  /** Waits for running calls, releases the file. Idempotent; later calls that write throw AnchorUnavailable. */
  abstract close(): Promise<void>;
}
