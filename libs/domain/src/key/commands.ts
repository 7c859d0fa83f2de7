import type { DataClass, KeySpec, KeyUsage, ProtectionLevel, Tag } from './attributes.js';
import type { RetirementPolicy, RotationTrigger, TaggedAttribute, VersionMaterial } from './events.js';
import type { RotationPolicy } from './rotation-policy.js';

export interface CreateKey {
  readonly type: 'CreateKey';
  readonly keyId: string;
  readonly account: string;
  readonly region: string;
  readonly usage: KeyUsage;
  readonly spec: KeySpec;
  readonly environment: string;
  readonly dataClass: DataClass;
  readonly protectionLevel: ProtectionLevel;
  readonly owner: string | null;
  readonly uses: readonly string[];
  readonly description: string;
  readonly tags: readonly Tag[];
  readonly taggedAttributes: readonly TaggedAttribute[];
  readonly policy: string;
  readonly rotationPolicy: RotationPolicy;
  readonly rollbackWindow: string;
  readonly retirement: RetirementPolicy;
  readonly purgeProtection: boolean;
}

/**
 * `spec` changes the algorithm of the new version within the same usage and family.
 * Trigger `staged` belongs to ActivateVersion and is refused here.
 */
export interface RotateKey {
  readonly type: 'RotateKey';
  readonly trigger: RotationTrigger;
  /**
   * Set by the scheduler: the period's start; a second rotation of one period yields no events. For `automatic` that of `rotationPeriod`,
   * for `use_limit` that of `useLimitPeriod`; null where a person asks.
   */
  readonly period: string | null;
  readonly spec: KeySpec | null;
  /** How many rotations on demand the key may have had before this one; absent: any number. */
  readonly mostOnDemand?: number;
}
export interface StageVersion {
  readonly type: 'StageVersion';
  readonly spec: KeySpec | null;
}
export interface ActivateVersion {
  readonly type: 'ActivateVersion';
  readonly version: number;
}
export interface RollBackVersion {
  readonly type: 'RollBackVersion';
}
export interface RetireVersion {
  readonly type: 'RetireVersion';
  readonly version: number;
}
export interface RestoreVersion {
  readonly type: 'RestoreVersion';
  readonly version: number;
}
/** `version` null: the whole key. Disabling what is disabled yields no events. */
export interface DisableKey {
  readonly type: 'DisableKey';
  readonly version: number | null;
}
export interface EnableKey {
  readonly type: 'EnableKey';
  readonly version: number | null;
}
export interface ScheduleDeletion {
  readonly type: 'ScheduleDeletion';
  readonly version: number | null;
  /** 7 to 90. */
  readonly windowDays: number;
}
export interface CancelDeletion {
  readonly type: 'CancelDeletion';
  readonly version: number | null;
}
/** By the scheduler, once a deletion is due. */
export interface StartDestruction {
  readonly type: 'StartDestruction';
}
/** By the scheduler, after the HSM has destroyed the material of these versions. */
export interface RecordDestruction {
  readonly type: 'RecordDestruction';
  readonly versions: readonly number[];
}
export interface CompromiseVersion {
  readonly type: 'CompromiseVersion';
  /** Null: every version that is not deleted. */
  readonly version: number | null;
  /** ISO 8601; null: creation of each version. */
  readonly occurredAt: string | null;
}
/** By the scheduler. */
export interface ExpireVersion {
  readonly type: 'ExpireVersion';
  readonly version: number;
}
export interface NotifyExpiry {
  readonly type: 'NotifyExpiry';
  readonly version: number;
}
export interface UpdateDescription {
  readonly type: 'UpdateDescription';
  readonly description: string;
}
export interface ChangeOwner {
  readonly type: 'ChangeOwner';
  readonly owner: string | null;
}
export interface ChangeUses {
  readonly type: 'ChangeUses';
  readonly uses: readonly string[];
}
export interface TagKey {
  readonly type: 'TagKey';
  readonly tags: readonly Tag[];
}
export interface UntagKey {
  readonly type: 'UntagKey';
  readonly keys: readonly string[];
}
export interface PutPolicy {
  readonly type: 'PutPolicy';
  readonly policy: string;
}
export interface SetRotationPolicy {
  readonly type: 'SetRotationPolicy';
  readonly rotationPolicy: RotationPolicy;
}
export interface SetRetirementPolicy {
  readonly type: 'SetRetirementPolicy';
  readonly retirement: RetirementPolicy;
}
export interface EnablePurgeProtection {
  readonly type: 'EnablePurgeProtection';
}

export type KeyCommand =
  | CreateKey
  | RotateKey
  | StageVersion
  | ActivateVersion
  | RollBackVersion
  | RetireVersion
  | RestoreVersion
  | DisableKey
  | EnableKey
  | ScheduleDeletion
  | CancelDeletion
  | StartDestruction
  | RecordDestruction
  | CompromiseVersion
  | ExpireVersion
  | NotifyExpiry
  | UpdateDescription
  | ChangeOwner
  | ChangeUses
  | TagKey
  | UntagKey
  | PutPolicy
  | SetRotationPolicy
  | SetRetirementPolicy
  | EnablePurgeProtection;

/** Material made for a command, with the version number that the first decision asked it for. */
export interface MadeMaterial extends VersionMaterial {
  readonly version: number;
}

export interface KeyContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Highest version number the anchor knows for this key; the next version lies above both. 0 if none. */
  readonly versionMark: number;
  /** Present on the second decision of a command that makes material. */
  readonly material?: MadeMaterial;
  /** Last use of a version that is to be retired, epoch milliseconds; null: never used. Absent: unknown, retirement is refused. */
  readonly lastUsedAt?: number | null;
  /** Approvals come with the approval workflow; until then restore is always refused. */
  readonly approval?: { readonly id: string; readonly until: string };
}
