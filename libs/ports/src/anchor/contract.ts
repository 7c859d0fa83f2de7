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

export abstract class Anchor {
  /** The last durable state, undefined for a new anchor. */
  abstract state(): AnchorState | undefined;

  /** Records heads; grouped, durable on return. Call only after what it names is durable. */
  abstract advance(state: AnchorState): Promise<void>;

  /** Highest version number ever given to this key, 0 if none. */
  abstract versionMark(keyId: string): number;

  /** Raises a key's mark; durable on return. MUST be called before the append that creates the version. */
  abstract raiseVersionMark(keyId: string, version: number): Promise<void>;

  /** Material that is, or is about to be, destroyed. */
  abstract destroyed(): ReadonlySet<string>;

  /** Registers a destruction; durable on return. MUST be called before Hsm.destroy. */
  abstract registerDestruction(reference: string): Promise<void>;

  /** Can it be written now? */
  abstract writable(): boolean;

  abstract close(): Promise<void>;
}
