import type { KeyAttributes, KeyState, VersionState } from '@claviger/domain';

/**
 * A key as calls see it: immutable, replaced as a whole by the next event. Versions are looked up one by one, so that a call on a key
 * with a thousand versions costs what it costs on a key with one.
 */
export class KeyEntry {
  private readonly known = new Map<number, VersionState>();

  constructor(
    readonly attributes: KeyAttributes,
    /** Revision of the last event of the key's stream that is in here. */
    readonly revision: number,
    private readonly find: (version: number) => VersionState | undefined,
  ) {}

  /** From a complete state: nothing is left to load. */
  static complete(state: KeyState, revision: number): KeyEntry {
    return new KeyEntry(state, revision, (version) => findVersion(state.versions, version));
  }

  version(version: number): VersionState | undefined {
    const known = this.known.get(version);
    if (known !== undefined) return known;
    const found = this.find(version);
    if (found !== undefined) this.known.set(version, found);
    return found;
  }

  /** The ACTIVE version, undefined where there is none. */
  get active(): VersionState | undefined {
    const { activeVersion } = this.attributes;
    return activeVersion === null ? undefined : this.version(activeVersion);
  }
}

/** Versions are ascending and nearly always dense, so the guess hits; numbers can have gaps after a restore. */
function findVersion(versions: readonly VersionState[], version: number): VersionState | undefined {
  const guess = versions[version - 1];
  return guess?.version === version ? guess : versions.find((candidate) => candidate.version === version);
}
