import type { KeyState, VersionState } from './state.js';

/** Versions ascend and are nearly always dense, so the first guess hits; after a restore numbers can have gaps. */
function indexOfVersion(versions: readonly VersionState[], version: number): number {
  if (versions[version - 1]?.version === version) return version - 1;
  let low = 0;
  let high = versions.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = versions[middle]?.version ?? Number.POSITIVE_INFINITY;
    if (found === version) return middle;
    if (found < version) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

export const findVersion = (key: Pick<KeyState, 'versions'>, version: number): VersionState | undefined =>
  key.versions[indexOfVersion(key.versions, version)];

export const activeVersionOf = (key: KeyState): VersionState | undefined =>
  key.activeVersion === null ? undefined : findVersion(key, key.activeVersion);

/** One version replaced, the others the same objects: whoever stores rows can tell by identity which ones changed. */
export function withVersion(
  versions: readonly VersionState[],
  version: number,
  change: (version: VersionState) => VersionState,
): readonly VersionState[] {
  const index = indexOfVersion(versions, version);
  const found = versions[index];
  if (found === undefined) return versions;
  const changed = change(found);
  return changed === found ? versions : versions.with(index, changed);
}
