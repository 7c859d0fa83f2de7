import { isSymmetric, type KeyAttributes, statusOf, type VersionState } from '@claviger/domain';
import type { KeyEntry } from '@claviger/projections';

/** A key as it is described to callers. */
export interface KeyDescription {
  readonly attributes: KeyAttributes;
  /** The key's stream revision: its ETag. */
  readonly revision: number;
  /** 64 hex digits naming the current material; null for keys without a symmetric ACTIVE version. */
  readonly currentMaterial: string | null;
}

export const describeEntry = (entry: KeyEntry): KeyDescription => ({
  attributes: entry.attributes,
  revision: entry.revision,
  currentMaterial: isSymmetric(entry.attributes.spec) ? (entry.active?.material.fingerprint ?? null) : null,
});

/** R-90, the exact members. Times are ISO 8601; null where unknown. */
export interface VersionView {
  readonly version: number;
  readonly created_at: string;
  readonly status: string;
  readonly last_rotated: string | null;
  readonly rotated_from: number | null;
  readonly last_used: string | null;
  readonly rotation_scheduled: string | null;
}
export interface VersionsView {
  readonly key_id: string;
  readonly versions: readonly VersionView[];
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export function versionView(
  key: KeyAttributes,
  version: VersionState,
  lastUsedAt: number | null,
  rotationAt: number | null,
): VersionView {
  return {
    version: version.version,
    created_at: new Date(version.createdAt).toISOString(),
    status: statusOf(key, version).toLowerCase(),
    last_rotated: iso(version.rotatedFrom === null ? null : version.activatedAt),
    rotated_from: version.rotatedFrom,
    last_used: iso(lastUsedAt),
    rotation_scheduled: version.status === 'ACTIVE' ? iso(rotationAt) : null,
  };
}
