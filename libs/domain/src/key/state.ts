import type { DataClass, KeyOrigin, KeySpec, KeyUsage, ProtectionLevel, Tag } from './attributes.js';
import type {
  CoverageLevel,
  MaterialToken,
  RetirementPolicy,
  RotationTrigger,
  TaggedAttribute,
  VersionMaterial,
} from './events.js';
import type { RotationPolicy } from './rotation-policy.js';

/** DESIGN section 4. PENDING_GENERATION and PENDING_IMPORT come with import. */
export type VersionStatus =
  | 'STAGED'
  | 'ACTIVE'
  | 'PENDING_RETIREMENT'
  | 'RETIRED'
  | 'DISABLED'
  | 'COMPROMISED'
  | 'PENDING_DELETION'
  | 'DELETED';

/** States that a suspended or doomed version can return to. */
export type FormerStatus = Exclude<VersionStatus, 'DELETED'>;

export interface VersionState {
  /** Counts from 1; gaps are possible after a restore. */
  readonly version: number;
  readonly status: VersionStatus;
  /**
   * Where DISABLED or PENDING_DELETION returns to; null otherwise. A PENDING_DELETION whose former state is ACTIVE or PENDING_RETIREMENT
   * was DISABLED in between (there is no other way there) and returns to DISABLED, with this same former state.
   */
  readonly former: FormerStatus | null;
  readonly material: VersionMaterial;
  /** Epoch milliseconds, like all times below; null where it has not happened. */
  readonly createdAt: number;
  readonly activatedAt: number | null;
  /** When it last entered PENDING_RETIREMENT: idle time counts from here. */
  readonly pendingRetirementAt: number | null;
  readonly retiredAt: number | null;
  readonly rotatedFrom: number | null;
  readonly trigger: RotationTrigger | null;
  /** The flag outlives every state, DELETED too. */
  readonly compromisedAt: number | null;
  readonly compromiseOccurredAt: number | null;
  readonly expiredAt: number | null;
  readonly expiryNotifiedAt: number | null;
  /** End of a restore that was granted for a time; null when there is none. */
  readonly restoredUntil: number | null;
  readonly deletionAt: number | null;
  /** Latest deletion time ever scheduled; under purge protection nothing brings it forward. */
  readonly deletionNotBefore: number | null;
  readonly destructionStartedAt: number | null;
  readonly deletedAt: number | null;
  readonly retiredLevel: CoverageLevel | null;
}

/** Everything about a key but its versions. */
export interface KeyAttributes {
  readonly keyId: string;
  readonly account: string;
  readonly region: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly usage: KeyUsage;
  readonly spec: KeySpec;
  readonly origin: KeyOrigin;
  /** Fixed for ever, like the token: a rotation makes the next version where this one is. */
  readonly protectionLevel: ProtectionLevel;
  /** As the version says that is ACTIVE, or was last; null for SOFTWARE. */
  readonly token: MaterialToken | null;
  readonly environment: string;
  readonly dataClass: DataClass;
  readonly owner: string | null;
  readonly uses: readonly string[];
  readonly description: string;
  readonly tags: readonly Tag[];
  readonly taggedAttributes: readonly TaggedAttribute[];
  readonly policy: string;
  /** Counts the policies this key has had, from 1. */
  readonly policyVersion: number;
  readonly rotationPolicy: RotationPolicy;
  readonly rollbackWindow: string;
  readonly retirement: RetirementPolicy;
  readonly purgeProtection: boolean;
  /** Overlays: versions keep their own state beneath. */
  readonly disabled: boolean;
  readonly pendingDeletion: {
    readonly scheduledAt: number;
    readonly deletionAt: number;
    readonly windowDays: number;
  } | null;
  /** Latest deletion time ever scheduled for the whole key; under purge protection nothing brings it forward. */
  readonly deletionNotBefore: number | null;
  readonly destructionStartedAt: number | null;
  readonly deletedAt: number | null;
  /** Null only when no version is ACTIVE (then the key is disabled, doomed or deleted). */
  readonly activeVersion: number | null;
  /** Highest version number so far. */
  readonly lastVersion: number;
  readonly stagedVersion: number | null;
  /** Count and time of rotations; on-demand ones are limited over AWS. */
  readonly onDemandRotations: number;
  readonly lastRotatedAt: number | null;
  readonly lastRotationPeriod: string | null;
  /** When automatic rotation was last switched on or its policy changed; its first period starts here. */
  readonly rotationPolicySince: number;
}

/** A key that exists. Versions in ascending order of their numbers. */
export interface KeyState extends KeyAttributes {
  readonly versions: readonly VersionState[];
}

/** A key stream before its first event. */
export const NO_KEY = null;
export type KeyAggregate = KeyState | typeof NO_KEY;
