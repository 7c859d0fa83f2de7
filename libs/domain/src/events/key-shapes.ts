import { DATA_CLASSES, KEY_SPECS, KEY_USAGES, SPEC_FACTS, type Tag } from '../key/attributes.js';
import type { KeyCreated, KeyEvent, MaterialToken, RetirementPolicy, VersionMaterial } from '../key/events.js';
import type { LifetimeAction, RotationPolicy } from '../key/rotation-policy.js';
import { count, flag, instant, listOf, oneOf, orNull, record, type Shape, text } from './shape.js';

/** One shape per event type of the present schema version; the compiler asks for a new type's row. */
export type Shapes<E extends { readonly type: string; readonly data: unknown }> = {
  readonly [T in E['type']]: Shape<Extract<E, { readonly type: T }>['data']>;
};

const spec = oneOf(...KEY_SPECS);
const tags = listOf(record<Tag>({ key: text, value: text }));
const algorithm = oneOf(
  ...Object.values(SPEC_FACTS).flatMap(({ encryption, signing, mac }) => [...encryption, ...signing, ...mac]),
);
const token = record<MaterialToken>({ label: text, serial: text, lacks: listOf(algorithm) });
const material = record<VersionMaterial>({
  reference: text,
  spec,
  publicKey: orNull(text),
  fingerprint: text,
  token: orNull(token),
});
const retirement = record<RetirementPolicy>({ enabled: flag, idleFor: text });

const action = oneOf('rotate', 'notify');
const afterCreate = record({ action, timeAfterCreate: text });
const beforeExpiry = record({ action, timeBeforeExpiry: text });
const lifetimeAction: Shape<LifetimeAction> = (value): value is LifetimeAction =>
  afterCreate(value) || beforeExpiry(value);
const rotationPolicy = record<RotationPolicy>({
  enabled: flag,
  lifetimeActions: listOf(lifetimeAction),
  expiryTime: orNull(text),
});

const versionOnly = record<{ readonly version: number }>({ version: count });
const versionOrKey = record<{ readonly version: number | null }>({ version: orNull(count) });
const versions = record<{ readonly versions: readonly number[] }>({ versions: listOf(count) });

export const KEY_SHAPES: Shapes<KeyEvent> = {
  KeyCreated: record<KeyCreated['data']>({
    keyId: text,
    account: text,
    region: text,
    usage: oneOf(...KEY_USAGES),
    spec,
    origin: oneOf('AWS_KMS'),
    environment: text,
    dataClass: oneOf(...DATA_CLASSES),
    owner: orNull(text),
    uses: listOf(text),
    description: text,
    tags,
    taggedAttributes: listOf(oneOf('environment', 'dataClass', 'owner', 'protectionLevel')),
    policy: text,
    rotationPolicy,
    rollbackWindow: text,
    retirement,
    purgeProtection: flag,
    material,
  }),
  VersionRotated: record({
    version: count,
    from: orNull(count),
    trigger: oneOf('on_demand', 'automatic', 'use_limit', 'staged', 'compromise'),
    period: orNull(instant),
    material: orNull(material),
  }),
  PendingRetirement: versionOnly,
  VersionStaged: record({ version: count, material }),
  VersionRolledBack: record({ version: count, from: count }),
  VersionRetired: record({ version: count, level: oneOf('L0', 'L1', 'L2', 'L3'), method: text, idleSince: instant }),
  VersionRestored: record({ version: count, approval: text, until: instant }),
  Disabled: versionOrKey,
  Enabled: versionOrKey,
  DeletionScheduled: record({ version: orNull(count), windowDays: count, deletionAt: instant }),
  DeletionCancelled: versionOrKey,
  DestructionStarted: versions,
  MaterialDestroyed: versions,
  VersionCompromised: record({ version: count, occurredAt: instant }),
  VersionExpired: versionOnly,
  ExpiryNotified: record({ version: count, expiresAt: instant }),
  DescriptionUpdated: record({ description: text }),
  OwnerChanged: record({ owner: orNull(text) }),
  UsesChanged: record({ uses: listOf(text) }),
  Tagged: record({ tags }),
  Untagged: record({ keys: listOf(text) }),
  PolicyChanged: record({ policy: text }),
  RotationPolicyChanged: record({ rotationPolicy }),
  RetirementPolicyChanged: record({ retirement }),
  PurgeProtectionEnabled: record({}),
};
