import type { DomainEvent } from '../envelope.js';
import type { DataClass, KeyAlgorithm, KeyOrigin, KeySpec, KeyUsage, Tag, TokenName } from './attributes.js';
import type { RotationPolicy } from './rotation-policy.js';

/** The token that has the material, and the only one that is ever asked to use or destroy it. */
export interface MaterialToken extends TokenName {
  /** Algorithms of the spec that the token did not offer when the material was made. */
  readonly lacks: readonly KeyAlgorithm[];
}

/** The public part of made material. Never the material: only its reference. */
export interface VersionMaterial {
  /** Reference in the HSM adapter. */
  readonly reference: string;
  readonly spec: KeySpec;
  /** Base64 of DER SubjectPublicKeyInfo; null for symmetric and HMAC material. */
  readonly publicKey: string | null;
  /** 64 hex digits that name the material without revealing it. */
  readonly fingerprint: string;
  /** Null: the service's own sealed store has it. */
  readonly token: MaterialToken | null;
}

export type RotationTrigger = 'on_demand' | 'automatic' | 'use_limit' | 'staged' | 'compromise';

/** Deployment attributes that AWS clients give as reserved tags. */
export type TaggedAttribute = 'environment' | 'dataClass' | 'owner' | 'protectionLevel';

export interface RetirementPolicy {
  /** Opt-in: without it every version stays decryptable for ever. */
  readonly enabled: boolean;
  /** ISO 8601 duration, at least PT24H. */
  readonly idleFor: string;
}

export type KeyCreated = DomainEvent<
  'KeyCreated',
  {
    readonly keyId: string;
    readonly account: string;
    readonly region: string;
    readonly usage: KeyUsage;
    readonly spec: KeySpec;
    readonly origin: KeyOrigin;
    readonly environment: string;
    readonly dataClass: DataClass;
    readonly owner: string | null;
    readonly uses: readonly string[];
    readonly description: string;
    readonly tags: readonly Tag[];
    /** Which attributes came as reserved tags and are therefore listed as tags. */
    readonly taggedAttributes: readonly TaggedAttribute[];
    readonly policy: string;
    readonly rotationPolicy: RotationPolicy;
    readonly rollbackWindow: string;
    readonly retirement: RetirementPolicy;
    readonly purgeProtection: boolean;
    /** Version 1, ACTIVE at once. */
    readonly material: VersionMaterial;
  }
>;
/** `version` is ACTIVE from here on; `material` is null when it was staged before. */
export type VersionRotated = DomainEvent<
  'VersionRotated',
  {
    readonly version: number;
    readonly from: number | null;
    readonly trigger: RotationTrigger;
    /** Start of the rotation period this belongs to (ISO 8601), so that a second run creates nothing; null on demand. */
    readonly period: string | null;
    readonly material: VersionMaterial | null;
  }
>;
export type PendingRetirement = DomainEvent<'PendingRetirement', { readonly version: number }>;
export type VersionStaged = DomainEvent<
  'VersionStaged',
  { readonly version: number; readonly material: VersionMaterial }
>;
/** `version` is ACTIVE again, `from` is PENDING_RETIREMENT: both swap in this one event. */
export type VersionRolledBack = DomainEvent<'VersionRolledBack', { readonly version: number; readonly from: number }>;
export type VersionRetired = DomainEvent<
  'VersionRetired',
  { readonly version: number; readonly level: CoverageLevel; readonly method: string; readonly idleSince: string }
>;
export type VersionRestored = DomainEvent<
  'VersionRestored',
  { readonly version: number; readonly approval: string; readonly until: string }
>;
/** `version` null: the whole key. */
export type Disabled = DomainEvent<'Disabled', { readonly version: number | null }>;
export type Enabled = DomainEvent<'Enabled', { readonly version: number | null }>;
export type DeletionScheduled = DomainEvent<
  'DeletionScheduled',
  { readonly version: number | null; readonly windowDays: number; readonly deletionAt: string }
>;
export type DeletionCancelled = DomainEvent<'DeletionCancelled', { readonly version: number | null }>;
/** The point of no return: from here on only the destruction can be finished. */
export type DestructionStarted = DomainEvent<'DestructionStarted', { readonly versions: readonly number[] }>;
export type MaterialDestroyed = DomainEvent<'MaterialDestroyed', { readonly versions: readonly number[] }>;
export type VersionCompromised = DomainEvent<
  'VersionCompromised',
  /** `occurredAt`: estimated start of the exposure, ISO 8601. */
  { readonly version: number; readonly occurredAt: string }
>;
/** The cryptoperiod of the version has ended: no more protecting, processing goes on (SP 800-57 Part 1, 5.3.4). */
export type VersionExpired = DomainEvent<'VersionExpired', { readonly version: number }>;
export type ExpiryNotified = DomainEvent<'ExpiryNotified', { readonly version: number; readonly expiresAt: string }>;
export type DescriptionUpdated = DomainEvent<'DescriptionUpdated', { readonly description: string }>;
export type OwnerChanged = DomainEvent<'OwnerChanged', { readonly owner: string | null }>;
export type UsesChanged = DomainEvent<'UsesChanged', { readonly uses: readonly string[] }>;
/** Only tags that are new or have another value. */
export type Tagged = DomainEvent<'Tagged', { readonly tags: readonly Tag[] }>;
export type Untagged = DomainEvent<'Untagged', { readonly keys: readonly string[] }>;
export type PolicyChanged = DomainEvent<'PolicyChanged', { readonly policy: string }>;
export type RotationPolicyChanged = DomainEvent<'RotationPolicyChanged', { readonly rotationPolicy: RotationPolicy }>;
export type RetirementPolicyChanged = DomainEvent<'RetirementPolicyChanged', { readonly retirement: RetirementPolicy }>;
/** One way: it can never be taken off. */
export type PurgeProtectionEnabled = DomainEvent<'PurgeProtectionEnabled', Record<string, never>>;

/** L0 observed, L1 attested, L2 scanned twice, L3 exact. */
export type CoverageLevel = 'L0' | 'L1' | 'L2' | 'L3';

export type KeyEvent =
  | KeyCreated
  | VersionRotated
  | PendingRetirement
  | VersionStaged
  | VersionRolledBack
  | VersionRetired
  | VersionRestored
  | Disabled
  | Enabled
  | DeletionScheduled
  | DeletionCancelled
  | DestructionStarted
  | MaterialDestroyed
  | VersionCompromised
  | VersionExpired
  | ExpiryNotified
  | DescriptionUpdated
  | OwnerChanged
  | UsesChanged
  | Tagged
  | Untagged
  | PolicyChanged
  | RotationPolicyChanged
  | RetirementPolicyChanged
  | PurgeProtectionEnabled;
