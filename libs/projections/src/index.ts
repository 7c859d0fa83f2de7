export { TwoGenerationCache } from './two-generation-cache.js';
export { KeyEntry } from './key-state/key-entry.js';
export { StreamUnavailable } from './key-state/fault.js';
export type { FeedObserver, KeyStateOptions } from './key-state/folded-state.js';
export { KeyState } from './key-state/key-state.js';
export type { AliasPage, KeyFilter, KeyPage, ListedKey, ListedMaterial, MaterialPlace } from './key-state/listing.js';
export type { Versioned } from './key-state/rows.js';
export { FollowedUsage, type FollowedUsageOptions } from './key-state/followed-usage.js';
export { UsageCounters, type UsageOptions, type VersionUsage } from './key-state/usage.js';
export {
  JournalReplica,
  type JournalReplicaOptions,
  type ReplicaNotice,
  type ReplicatedJournal,
} from './journal-replica/replica.js';
export { MARK_PREFIX } from './journal-replica/read-back.js';
export type { AuditOrder } from './audit-view/cursor.js';
export type { OpenDetail } from './audit-view/event-feed.js';
export type { AuditFilter } from './audit-view/filter.js';
export type { AuditCheckpoint } from './audit-view/fold.js';
export {
  type AuditSearchResult,
  AuditView,
  type AuditViewOptions,
  type RebuildProgress,
  type SearchOptions,
} from './audit-view/host.js';
export { InvalidCursor } from './audit-view/query.js';
export { AuditViewUnavailable } from './audit-view/requests.js';
export type { AuditRow, ExtraValue } from './audit-view/row.js';
export { type AuditWorker, inlineWorker, type SpawnAuditWorker } from './audit-view/spawn.js';
