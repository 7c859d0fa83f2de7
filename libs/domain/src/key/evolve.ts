import { parseInstant } from '../instant.js';
import type { KeyEvent, VersionMaterial } from './events.js';
import { cancelled, destroyed, destructionStarted, scheduled } from './evolve-deletion.js';
import { activated, compromised, disabled, enabled, retired, rolledBack, withStatus } from './evolve-versions.js';
import { created, stagedVersion } from './new-state.js';
import type { KeyAggregate, KeyState } from './state.js';
import { withVersion } from './versions.js';

/**
 * Folds one stored event. Decides nothing, never throws: what does not fit (a version that is not there, a second creation) changes
 * nothing. Immutable: versions that the event does not touch stay the same objects.
 */
export function evolveKey(state: KeyAggregate, event: KeyEvent, at: number): KeyAggregate {
  if (event.type === 'KeyCreated') return state ?? created(event.data, at);
  return state === null ? null : evolveExisting(state, event, at);
}

function evolveExisting(state: KeyState, event: Exclude<KeyEvent, { type: 'KeyCreated' }>, at: number): KeyState {
  switch (event.type) {
    case 'VersionRotated':
      return activated(state, event.data, at);
    case 'PendingRetirement':
      return {
        ...state,
        versions: withVersion(state.versions, event.data.version, withStatus('PENDING_RETIREMENT', at)),
      };
    case 'VersionStaged':
      return staged(state, event.data, at);
    case 'VersionRolledBack':
      return rolledBack(state, event.data, at);
    case 'VersionRetired':
      return { ...state, versions: withVersion(state.versions, event.data.version, retired(event.data.level, at)) };
    case 'VersionRestored':
      return {
        ...state,
        versions: withVersion(state.versions, event.data.version, (version) =>
          withStatus('PENDING_RETIREMENT', at)({ ...version, restoredUntil: parseInstant(event.data.until) ?? at }),
        ),
      };
    case 'Disabled':
      return disabled(state, event.data.version);
    case 'Enabled':
      return enabled(state, event.data.version, at);
    case 'DeletionScheduled':
      return scheduled(state, event.data, at);
    case 'DeletionCancelled':
      return cancelled(state, event.data.version);
    case 'DestructionStarted':
      return destructionStarted(state, event.data.versions, at);
    case 'MaterialDestroyed':
      return destroyed(state, event.data.versions, at);
    case 'VersionCompromised':
      return compromised(state, event.data, at);
    case 'VersionExpired':
      return {
        ...state,
        versions: withVersion(state.versions, event.data.version, (version) => ({
          ...version,
          expiredAt: version.expiredAt ?? at,
        })),
      };
    case 'ExpiryNotified':
      return {
        ...state,
        versions: withVersion(state.versions, event.data.version, (version) => ({ ...version, expiryNotifiedAt: at })),
      };
    case 'DescriptionUpdated':
      return { ...state, description: event.data.description };
    case 'OwnerChanged':
      return { ...state, owner: event.data.owner };
    case 'UsesChanged':
      return { ...state, uses: event.data.uses };
    case 'Tagged': {
      const values = new Map([...state.tags, ...event.data.tags].map((tag) => [tag.key, tag.value]));
      return { ...state, tags: Array.from(values, ([key, value]) => ({ key, value })) };
    }
    case 'Untagged':
      return { ...state, tags: state.tags.filter((tag) => !event.data.keys.includes(tag.key)) };
    case 'PolicyChanged':
      return { ...state, policy: event.data.policy, policyVersion: state.policyVersion + 1 };
    case 'RotationPolicyChanged':
      return { ...state, rotationPolicy: event.data.rotationPolicy, rotationPolicySince: at };
    case 'RetirementPolicyChanged':
      return { ...state, retirement: event.data.retirement };
    case 'PurgeProtectionEnabled':
      return { ...state, purgeProtection: true };
  }
}

function staged(state: KeyState, data: { version: number; material: VersionMaterial }, at: number): KeyState {
  if (data.version <= state.lastVersion) return state;
  return {
    ...state,
    lastVersion: data.version,
    stagedVersion: data.version,
    versions: [...state.versions, stagedVersion(data.version, data.material, at)],
  };
}
