export { KmsError, type KmsErrorDetails, type KmsErrorKind } from './errors.js';
export type { DecidedOn, Decider, Decision, DomainEvent, EventMetadata } from './envelope.js';
export { aliasArn, keyArn } from './arn.js';
export { formatInstant, parseInstant } from './instant.js';
export {
  accountStream,
  aliasStream,
  HEARTBEAT_PREFIX,
  heartbeatStream,
  isHeartbeatStream,
  isNodeStream,
  JOURNAL_PREFIX,
  journalStream,
  keyStream,
  principalStream,
  type StreamCategory,
  streamCategory,
  usesStream,
} from './streams.js';
export { decodeEvent, isNewerEvent, schemaVersionOf, type StoredEvent } from './events/registry.js';

export {
  DATA_CLASSES,
  type DataClass,
  type EncryptionAlgorithm,
  ENVIRONMENT_PATTERN,
  isSymmetric,
  KEY_SPECS,
  KEY_USAGES,
  algorithmsOf,
  type KeyAlgorithm,
  type KeyOrigin,
  type KeySpec,
  type KeyUsage,
  type MacAlgorithm,
  type SigningAlgorithm,
  PROTECTION_LEVELS,
  type ProtectionLevel,
  SPEC_FACTS,
  type Tag,
  type TokenName,
} from './key/attributes.js';
export type {
  CoverageLevel,
  DeletionCancelled,
  DeletionScheduled,
  DescriptionUpdated,
  DestructionStarted,
  Disabled,
  Enabled,
  ExpiryNotified,
  KeyCreated,
  KeyEvent,
  MaterialDestroyed,
  MaterialToken,
  OwnerChanged,
  PendingRetirement,
  PolicyChanged,
  PurgeProtectionEnabled,
  RetirementPolicy,
  RetirementPolicyChanged,
  RotationPolicyChanged,
  RotationTrigger,
  Tagged,
  TaggedAttribute,
  Untagged,
  UsesChanged,
  VersionCompromised,
  VersionExpired,
  VersionMaterial,
  VersionRestored,
  VersionRetired,
  VersionRolledBack,
  VersionRotated,
  VersionStaged,
} from './key/events.js';
export type {
  ActivateVersion,
  CancelDeletion,
  ChangeOwner,
  ChangeUses,
  CompromiseVersion,
  CreateKey,
  DisableKey,
  EnableKey,
  EnablePurgeProtection,
  ExpireVersion,
  KeyCommand,
  KeyContext,
  MadeMaterial,
  NotifyExpiry,
  PutPolicy,
  RecordDestruction,
  RestoreVersion,
  RetireVersion,
  RollBackVersion,
  RotateKey,
  ScheduleDeletion,
  SetRetirementPolicy,
  SetRotationPolicy,
  StageVersion,
  StartDestruction,
  TagKey,
  UntagKey,
  UpdateDescription,
} from './key/commands.js';
export {
  type FormerStatus,
  type KeyAggregate,
  type KeyAttributes,
  type KeyState,
  type VersionState,
  type VersionStatus,
} from './key/state.js';
export { type LifetimeAction, ROTATION_OFF, type RotationPolicy } from './key/rotation-policy.js';
export { isSameToken, tokenOffers } from './key/protection.js';
export { keyDecider } from './key/decider.js';
export { evolveKey } from './key/evolve.js';
export { activeVersionOf } from './key/versions.js';
export { assertUsable, keyStateForAws, type KeyUse, statusOf } from './key/usable.js';
export { type RetirementMethod } from './key/coverage.js';
export {
  type Duration,
  longestMilliseconds,
  parseDuration,
  shortestMilliseconds,
} from './key/duration.js';
export { nextRotationAt, rotationPeriod, useLimitPeriod } from './key/rotation-schedule.js';
export { type DueAction, dueActions, type DueCommand, nextDueAt } from './key/due.js';
export { listedTags, type SplitTags, splitReservedTags } from './key/tags.js';
export { explainKeyEvent } from './key/explain.js';

export type {
  AliasAggregate,
  AliasCommand,
  AliasContext,
  AliasCreated,
  AliasDeleted,
  AliasEvent,
  AliasRetargeted,
  AliasState,
  AliasTarget,
  CreateAlias,
  DeleteAlias,
  UpdateAlias,
} from './alias/alias.js';
export { aliasDecider } from './alias/decider.js';

export type {
  AccessKeyIssued,
  AccessKeyRevoked,
  AccessKeyState,
  CreatePrincipal,
  DisablePrincipal,
  EnablePrincipal,
  IssueAccessKey,
  IssueToken,
  PrincipalAggregate,
  PrincipalCommand,
  PrincipalContext,
  PrincipalCreated,
  PrincipalDisabled,
  PrincipalEnabled,
  PrincipalEvent,
  PrincipalKind,
  PrincipalState,
  RevokeAccessKey,
  RevokeToken,
  TokenIssued,
  TokenRevoked,
  TokenState,
} from './principal/principal.js';
export { principalDecider } from './principal/decider.js';

export type {
  AccountAggregate,
  AccountCommand,
  AccountContext,
  AccountCreated,
  AccountDefaults,
  AccountDefaultsChanged,
  AccountEvent,
  AccountState,
  ChangeAccountDefaults,
  CreateAccount,
} from './account/account.js';
export { accountDecider } from './account/decider.js';

export {
  type ReserveUses,
  type ReturnUses,
  ROTATE_AT_USES,
  type UsesCommand,
  type UsesContext,
  type UsesEvent,
  type UsesReserved,
  type UsesReturned,
  type UsesState,
} from './uses/uses.js';
export { usesDecider } from './uses/decider.js';

export {
  type AcceptReport,
  OPERATOR_STREAM,
  type OperatorCommand,
  type OperatorContext,
  operatorDecider,
  type OperatorEvent,
  type OperatorState,
  type ReportAccepted,
  type ResumeService,
  type ServiceResumed,
} from './operator/operator.js';

export { type AccessSubject, evaluate } from './access/evaluate.js';
