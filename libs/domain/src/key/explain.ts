import type { KeyUsage } from './attributes.js';
import type { KeyEvent, MaterialToken, RotationTrigger } from './events.js';
import type { LifetimeAction, RotationPolicy } from './rotation-policy.js';

const TRIGGER: Readonly<Record<RotationTrigger, string>> = {
  on_demand: 'by rotation on demand',
  automatic: 'by scheduled rotation',
  use_limit: 'by rotation at the use limit',
  staged: 'by activation of the staged version',
  compromise: 'by rotation after a compromise',
};

const placed = (token: MaterialToken | null): string =>
  token === null ? '' : `, in token "${token.label}" with serial number ${token.serial}`;

const REMAINS: Readonly<Record<KeyUsage, string>> = {
  ENCRYPT_DECRYPT: 'decryption',
  SIGN_VERIFY: 'verification',
  GENERATE_VERIFY_MAC: 'verification of MACs',
};

/** What happened to a key, in one or two plain sentences for its history (R-109, R-120). Values are the event's own, never secret. */
export function explainKeyEvent(event: KeyEvent, usage: KeyUsage = 'ENCRYPT_DECRYPT'): string {
  switch (event.type) {
    case 'KeyCreated': {
      const { spec, environment, dataClass, owner, material } = event.data;
      const owned = owner === null ? '' : `, owner ${owner}`;
      return `The key was created (${spec}, ${event.data.usage}, environment ${environment}, data class ${dataClass}${owned}${placed(material.token)}); version 1 is active.`;
    }
    case 'VersionRotated': {
      const { version, from, trigger } = event.data;
      // After these two the version before may be compromised or disabled.
      const replaces = trigger === 'compromise' || trigger === 'staged';
      const before = replaces ? `it replaces version ${from}` : `version ${from} stays for ${REMAINS[usage]}`;
      return `Version ${version} became active ${TRIGGER[trigger]}${from === null ? '' : `; ${before}`}.`;
    }
    case 'PendingRetirement':
      return `Version ${event.data.version} protects nothing new and stays for ${REMAINS[usage]}.`;
    case 'VersionStaged':
      return `Version ${event.data.version} was made and staged; it becomes active when it is activated.`;
    case 'VersionRolledBack':
      return `Version ${event.data.version} became active again by roll-back; version ${event.data.from} stays for ${REMAINS[usage]}.`;
    case 'VersionRetired':
      return retired(event.data);
    case 'VersionRestored':
      return `Version ${event.data.version} was restored from the archive until ${event.data.until} under approval ${event.data.approval}.`;
    case 'Disabled':
      return event.data.version === null ? 'The key was disabled.' : `Version ${event.data.version} was disabled.`;
    case 'Enabled':
      return event.data.version === null ? 'The key was enabled.' : `Version ${event.data.version} was enabled again.`;
    case 'DeletionScheduled': {
      const { version, windowDays, deletionAt } = event.data;
      return `Deletion of ${subject(version)} was scheduled for ${deletionAt}, after ${windowDays} days.`;
    }
    case 'DeletionCancelled':
      return event.data.version === null
        ? 'The deletion of the key was cancelled; the key is disabled.'
        : `The deletion of version ${event.data.version} was cancelled.`;
    case 'DestructionStarted':
      return `Destruction of ${numbered(event.data.versions)} began and can no longer be stopped.`;
    case 'MaterialDestroyed':
      return `The key material of ${numbered(event.data.versions)} was destroyed. Backups made before may still hold it, sealed.`;
    case 'VersionCompromised':
      return `Version ${event.data.version} was declared compromised, exposed since ${event.data.occurredAt}.`;
    case 'VersionExpired':
      return `The cryptoperiod of version ${event.data.version} ended; it stays for ${REMAINS[usage]} only.`;
    case 'ExpiryNotified':
      return `Notice was given that version ${event.data.version} expires at ${event.data.expiresAt}.`;
    case 'DescriptionUpdated':
      return `The description was changed to "${event.data.description}".`;
    case 'OwnerChanged':
      return event.data.owner === null ? 'The owner was removed.' : `The owner was changed to ${event.data.owner}.`;
    case 'UsesChanged':
      return event.data.uses.length === 0
        ? 'The list of uses was emptied.'
        : `The uses were changed to ${event.data.uses.join(', ')}.`;
    case 'Tagged':
      return `Tags were set: ${event.data.tags.map((tag) => `${tag.key}=${tag.value}`).join(', ')}.`;
    case 'Untagged':
      return `Tags were removed: ${event.data.keys.join(', ')}.`;
    case 'PolicyChanged':
      return 'The key policy was changed.';
    case 'RotationPolicyChanged':
      return `The rotation policy was changed: ${policyInWords(event.data.rotationPolicy)}.`;
    case 'RetirementPolicyChanged': {
      const { enabled, idleFor } = event.data.retirement;
      return enabled
        ? `Retirement was allowed for versions that lie idle for ${idleFor}.`
        : 'Retirement was switched off; every version stays.';
    }
    case 'PurgeProtectionEnabled':
      return 'Purge protection was switched on, for good.';
  }
}

const subject = (version: number | null): string => (version === null ? 'the key' : `version ${version}`);

function numbered(versions: readonly number[]): string {
  if (versions.length === 0) return 'the key, which has no material left,';
  return versions.length === 1 ? `version ${versions.join('')}` : `versions ${versions.join(', ')}`;
}

function retired({
  version,
  level,
  method,
  idleSince,
}: {
  version: number;
  level: string;
  method: string;
  idleSince: string;
}): string {
  const reason: Readonly<Record<string, string>> = {
    idle: `idle since ${idleSince}, coverage ${level}`,
    compromise_archived: `compromised since ${idleSince}`,
    restore_ended: `its restore ended at ${idleSince}`,
  };
  return `Version ${version} was retired (${reason[method] ?? `${method}, coverage ${level}, idle since ${idleSince}`}).`;
}

function policyInWords(policy: RotationPolicy): string {
  const parts = policy.lifetimeActions.map(actionInWords);
  if (policy.expiryTime !== null) parts.push(`versions expire after ${policy.expiryTime}`);
  return [policy.enabled ? 'on' : 'off', ...parts].join('; ');
}

const actionInWords = (action: LifetimeAction): string =>
  'timeAfterCreate' in action
    ? `${action.action} ${action.timeAfterCreate} after creation`
    : `${action.action} ${action.timeBeforeExpiry} before expiry`;
