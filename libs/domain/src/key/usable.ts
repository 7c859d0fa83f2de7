import { invalidVersionState, keyIsDisabled, keyIsPendingDeletion, noSuchKey } from './refusals.js';
import type { KeyAttributes, VersionState, VersionStatus } from './state.js';

/** Protect: encrypt, wrap, sign, MAC. Process: decrypt, unwrap, verify. */
export type KeyUse = 'protect' | 'process';

/**
 * May this version be used so? The key's overlays are looked at first, then the version's own state (table in DESIGN section 4).
 * @throws KmsError NotFound, InvalidKeyState, Disabled
 */
export function assertUsable(key: KeyAttributes, version: VersionState, use: KeyUse, operation: string): void {
  if (key.deletedAt !== null) throw noSuchKey(key.arn, operation);
  if (key.pendingDeletion !== null || key.destructionStartedAt !== null) throw keyIsPendingDeletion(key, operation);
  if (key.disabled) throw keyIsDisabled(key, operation);
  if (version.status === 'ACTIVE') {
    // SP 800-57 Part 1, 5.3.4: no protection once the originator-usage period is over; processing goes on.
    if (use === 'process' || version.expiredAt === null) return;
    throw invalidVersionState(key, version, operation, 'its cryptoperiod is over and the key has to be rotated');
  }
  if (version.status === 'PENDING_RETIREMENT' && use === 'process') return;
  throw invalidVersionState(key, version, operation);
}

/** From the freest to the most restrictive. */
const RESTRICTION: Readonly<Record<VersionStatus, number>> = {
  ACTIVE: 0,
  PENDING_RETIREMENT: 1,
  STAGED: 2,
  DISABLED: 3,
  RETIRED: 4,
  COMPROMISED: 5,
  PENDING_DELETION: 6,
  DELETED: 7,
};

/**
 * Effective status of a version: the more restrictive of the key's overlay and the version's own state. An ACTIVE version
 * whose cryptoperiod is over may do what PENDING_RETIREMENT may, and is shown so.
 */
export function statusOf(key: KeyAttributes, version: VersionState): VersionStatus {
  const own = version.status === 'ACTIVE' && version.expiredAt !== null ? 'PENDING_RETIREMENT' : version.status;
  const overlay = overlayOf(key);
  return RESTRICTION[overlay] > RESTRICTION[own] ? overlay : own;
}

function overlayOf(key: KeyAttributes): VersionStatus {
  if (key.deletedAt !== null) return 'DELETED';
  if (key.pendingDeletion !== null || key.destructionStartedAt !== null) return 'PENDING_DELETION';
  return key.disabled ? 'DISABLED' : 'ACTIVE';
}

/** KeyState of KeyMetadata. A deleted key has none: it answers NotFound before anybody asks. */
export function keyStateForAws(key: KeyAttributes): 'Enabled' | 'Disabled' | 'PendingDeletion' {
  const overlay = overlayOf(key);
  if (overlay === 'PENDING_DELETION' || overlay === 'DELETED') return 'PendingDeletion';
  return overlay === 'DISABLED' ? 'Disabled' : 'Enabled';
}
