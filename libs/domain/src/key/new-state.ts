import { keyArn } from '../arn.js';
import type { KeyCreated, VersionMaterial } from './events.js';
import { protectionOf } from './protection.js';
import type { KeyState, VersionState } from './state.js';

/** A version as it is staged: every later state starts from this one. */
export const stagedVersion = (version: number, material: VersionMaterial, at: number): VersionState => ({
  version,
  status: 'STAGED',
  former: null,
  material,
  createdAt: at,
  activatedAt: null,
  pendingRetirementAt: null,
  retiredAt: null,
  rotatedFrom: null,
  trigger: null,
  compromisedAt: null,
  compromiseOccurredAt: null,
  expiredAt: null,
  expiryNotifiedAt: null,
  restoredUntil: null,
  deletionAt: null,
  deletionNotBefore: null,
  destructionStartedAt: null,
  deletedAt: null,
  retiredLevel: null,
});

/** A key with its version 1, ACTIVE at once. Named field by field: what a later event carries beyond these is not state. */
export function created(data: KeyCreated['data'], at: number): KeyState {
  return {
    keyId: data.keyId,
    account: data.account,
    region: data.region,
    arn: keyArn(data.account, data.region, data.keyId),
    createdAt: at,
    usage: data.usage,
    spec: data.spec,
    origin: data.origin,
    protectionLevel: protectionOf(data.material),
    token: data.material.token,
    environment: data.environment,
    dataClass: data.dataClass,
    owner: data.owner,
    uses: data.uses,
    description: data.description,
    tags: data.tags,
    taggedAttributes: data.taggedAttributes,
    policy: data.policy,
    policyVersion: 1,
    rotationPolicy: data.rotationPolicy,
    rollbackWindow: data.rollbackWindow,
    retirement: data.retirement,
    purgeProtection: data.purgeProtection,
    disabled: false,
    pendingDeletion: null,
    deletionNotBefore: null,
    destructionStartedAt: null,
    deletedAt: null,
    activeVersion: 1,
    lastVersion: 1,
    stagedVersion: null,
    onDemandRotations: 0,
    lastRotatedAt: null,
    lastRotationPeriod: null,
    rotationPolicySince: at,
    versions: [{ ...stagedVersion(1, data.material, at), status: 'ACTIVE', activatedAt: at }],
  };
}
