import { parseInstant } from '../instant.js';
import type { DeletionScheduled } from './events.js';
import { withoutIf } from './evolve-versions.js';
import type { KeyState, VersionState } from './state.js';
import { withVersion } from './versions.js';

export function scheduled(state: KeyState, data: DeletionScheduled['data'], at: number): KeyState {
  const deletionAt = parseInstant(data.deletionAt) ?? at + data.windowDays * 86_400_000;
  const number = data.version;
  if (number === null) {
    return {
      ...state,
      pendingDeletion: { scheduledAt: at, deletionAt, windowDays: data.windowDays },
      deletionNotBefore: Math.max(deletionAt, state.deletionNotBefore ?? deletionAt),
    };
  }
  const versions = withVersion(state.versions, number, (version) =>
    version.status === 'DELETED' || version.status === 'PENDING_DELETION'
      ? version
      : {
          ...version,
          status: 'PENDING_DELETION',
          former: version.status === 'DISABLED' ? version.former : version.status,
          deletionAt,
          deletionNotBefore: Math.max(deletionAt, version.deletionNotBefore ?? deletionAt),
        },
  );
  return { ...state, versions, ...unseat(state, number) };
}

/** Cancelling never gives use back: a key is left disabled, a version in the unusable state it had. */
export function cancelled(state: KeyState, number: number | null): KeyState {
  if (number === null) return { ...state, pendingDeletion: null, disabled: true };
  const versions = withVersion(state.versions, number, (version) =>
    version.status === 'PENDING_DELETION' ? { ...version, ...formerState(version), deletionAt: null } : version,
  );
  const staged = versions !== state.versions && versions.some((v) => v.version === number && v.status === 'STAGED');
  return { ...state, versions, stagedVersion: staged ? number : state.stagedVersion };
}

function formerState(version: VersionState): Pick<VersionState, 'status' | 'former'> {
  if (version.compromisedAt !== null) return { status: 'COMPROMISED', former: null };
  switch (version.former) {
    case 'ACTIVE':
    case 'PENDING_RETIREMENT':
      return { status: 'DISABLED', former: version.former };
    case 'STAGED':
    case 'RETIRED':
    case 'COMPROMISED':
      return { status: version.former, former: null };
    case 'DISABLED':
    case 'PENDING_DELETION':
    case null:
      return { status: 'DISABLED', former: 'PENDING_RETIREMENT' };
  }
}

export function destructionStarted(state: KeyState, numbers: readonly number[], at: number): KeyState {
  const doomed = new Set(numbers);
  const versions = state.versions.map((version) =>
    doomed.has(version.version) && version.status !== 'DELETED' ? { ...version, destructionStartedAt: at } : version,
  );
  const whole = state.pendingDeletion !== null;
  return finished({ ...state, versions, destructionStartedAt: whole ? at : state.destructionStartedAt }, at);
}

export function destroyed(state: KeyState, numbers: readonly number[], at: number): KeyState {
  const gone = new Set(numbers);
  const versions = state.versions.map(
    (version): VersionState =>
      gone.has(version.version) && version.status !== 'DELETED'
        ? { ...version, status: 'DELETED', former: null, deletionAt: null, restoredUntil: null, deletedAt: at }
        : version,
  );
  const active = state.activeVersion;
  const staged = state.stagedVersion;
  return finished(
    {
      ...state,
      versions,
      activeVersion: active !== null && gone.has(active) ? null : active,
      stagedVersion: staged !== null && gone.has(staged) ? null : staged,
    },
    at,
  );
}

/** A doomed key is deleted once its last version is. */
const finished = (state: KeyState, at: number): KeyState =>
  state.destructionStartedAt !== null && state.deletedAt === null && state.versions.every((v) => v.status === 'DELETED')
    ? { ...state, deletedAt: at, pendingDeletion: null }
    : state;

const unseat = (state: KeyState, number: number): Pick<KeyState, 'activeVersion' | 'stagedVersion'> => ({
  activeVersion: withoutIf(state.activeVersion, number),
  stagedVersion: withoutIf(state.stagedVersion, number),
});
