import type { KeyAggregate, KeyState, VersionStatus } from '@claviger/domain';

/** What both accounts can be asked for. */
export interface KeyView {
  readonly phase: 'none' | 'enabled' | 'disabled' | 'pending_deletion' | 'destroying' | 'deleted';
  readonly active: number | null;
  readonly last: number;
  readonly versions: readonly { readonly version: number; readonly status: VersionStatus; readonly flagged: boolean }[];
}

/** The domain's account of the same. */
export function viewOfKey(state: KeyAggregate): KeyView {
  if (state === null) return { phase: 'none', active: null, last: 0, versions: [] };
  return {
    phase: phaseOf(state),
    active: state.activeVersion,
    last: state.lastVersion,
    versions: state.versions.map(({ version, status, compromisedAt }) => ({
      version,
      status,
      flagged: compromisedAt !== null,
    })),
  };
}

function phaseOf(state: KeyState): KeyView['phase'] {
  if (state.deletedAt !== null) return 'deleted';
  if (state.destructionStartedAt !== null) return 'destroying';
  if (state.pendingDeletion !== null) return 'pending_deletion';
  return state.disabled ? 'disabled' : 'enabled';
}
