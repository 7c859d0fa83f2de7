export {
  type AllPage,
  type AppendResult,
  EventIntegrityError,
  type EventRecord,
  EventStore,
  EventStoreUnavailable,
  type NewEvent,
  NO_STREAM,
  type ReadAllOptions,
  START,
  type SubscribeOptions,
  type Subscription,
  UnknownOutcome,
  WrongExpectedRevision,
} from './event-store/contract.js';
export { eventBody } from './event-store/event-body.js';
export { AuthenticatedEventStore, type AuthenticatedEventStoreOptions } from './event-store/authenticated.js';
export {
  checkAppend,
  checkMaxCount,
  checkRead,
  isRepeat,
  matchesPrefix,
  MAX_BYTES_PER_APPEND,
} from './event-store/batch.js';
export { CommitSignal } from './event-store/commit-signal.js';
export { Followers, type FollowSource } from './event-store/follow.js';
export type { Head } from './event-store/head-table.js';
export { InMemoryEventStore } from './event-store/in-memory.js';
export { type HeadChange, StreamHeads } from './event-store/stream-heads.js';
export { Seal, Sealed } from './seal/contract.js';
export { InMemorySeal, type RootShelf } from './seal/in-memory.js';
export { canRotateRoot, type RootChange, type RootRotation } from './seal/root-rotation.js';
export { type SealFileAccess, SealFileInvalid, SealedRing } from './seal/sealed-ring.js';
export {
  canChangePassphrase,
  canRekeyShares,
  type PassphraseRekey,
  type SharePlan,
  type ShareName,
  type ShareProgress,
  type SharesRekey,
  type SharesRekeyProgress,
  type Unsealable,
  type UnsealProgress,
  type UnsealRefusal,
  UnsealRefused,
} from './seal/unsealing.js';
export { requireWrappable } from './seal/wrappable.js';
export {
  isSealedKind,
  ReferenceDestroyed,
  SEALED_KINDS,
  type SealedKind,
  type SealedRecord,
  SealedStore,
  SealedStoreUnavailable,
} from './sealed-store/contract.js';
export { InMemorySealedStore, type SealedShelf } from './sealed-store/in-memory.js';
export { requireReference, requireSameLength } from './sealed-store/reference.js';
export {
  isOwnReference,
  ownReference,
  SYSTEM_KEY_REFERENCES,
  type SystemKeyName,
} from './sealed-store/system-keys.js';
export {
  type About,
  type OpenedSecret,
  SealedRecordInvalid,
  SealedSecrets,
  sealedRecordContext,
} from './sealed-store/sealed-secrets.js';
export {
  type DeviceHealth,
  type DeviceRandom,
  type DeviceState,
  type GeneratedMaterial,
  Hsm,
  HsmOverloaded,
  HsmUnavailable,
  type HsmUses,
  type KeyWrapping,
  type Material,
  MaterialUnavailable,
  type MessageType,
  type SymmetricSealed,
  type TokenDevice,
} from './hsm/contract.js';
export {
  AuditJournal,
  JournalDamaged,
  type JournalEntry,
  JournalOverloaded,
  JournalUnavailable,
  type RecordedEntry,
} from './audit-journal/contract.js';
export { asBuffer } from './audit-journal/bytes.js';
export {
  type ChainFault,
  type ChainFaultReason,
  type ChainPlace,
  checkGroup,
  isFault,
} from './audit-journal/chain-check.js';
export {
  BLOCK_HEADER_LENGTH,
  type BlockHeader,
  COMPRESSED_HEADER_LENGTH,
  compressedHeader,
  encodeBlockHeader,
  isCompressedHeader,
  parseBlockHeader,
} from './audit-journal/compressed-segment.js';
export {
  type DurableFile,
  type DurableFiles,
  isMissing,
  readWhole,
  replaceWhole,
  type Space,
  synced,
} from './audit-journal/durable-files.js';
export {
  entryCost,
  GROUP_OVERHEAD,
  GroupBuilder,
  type GroupItem,
} from './audit-journal/group-builder.js';
export {
  type GroupInStream,
  groupEvent,
  MAX_EVENT_BYTES,
  MAX_GROUP_BYTES,
  parseGroupEvent,
} from './audit-journal/group-event.js';
export { type Group, lastLink, MAX_GROUP_LENGTH, parseGroup, parseGroupHeader } from './audit-journal/group-format.js';
export { readGroup } from './audit-journal/group-reader.js';
export { InMemoryAuditJournal } from './audit-journal/in-memory.js';
export { InMemoryDetailKeys } from './audit-journal/in-memory-detail-keys.js';
export {
  JOURNAL_COPIES_FILE,
  JOURNAL_COPIES_KEY_FILE,
  JOURNAL_KEY_CONTEXT,
  JOURNAL_KEY_FILE,
} from './audit-journal/journal-key-file.js';
export { type JournalKeys, journalKeys } from './audit-journal/journal-keys.js';
export {
  encodeRetentionMark,
  parseRetentionMark,
  RETENTION_MARK_FILE,
  type RetentionMark,
} from './audit-journal/retention-mark.js';
export { SealedDetailKeys } from './audit-journal/sealed-detail-keys.js';
export { ShippedAuditJournal, type ShippingStatus } from './audit-journal/shipped-journal.js';
export { JournalsDiverged, type ShippingNotice } from './audit-journal/shipper.js';
export {
  GroupedAuditJournal,
  type JournalCopy,
  type JournalCopyEnd,
  type WrittenGroup,
} from './audit-journal/shipping.js';
export {
  encodeSegmentHeader,
  parseSegmentHeader,
  SEGMENT_HEADER_LENGTH,
  type SegmentHeader,
  type SegmentReason,
} from './audit-journal/segment-header.js';
export { parseSegmentFileName, segmentFileName, type SegmentName } from './audit-journal/segment-names.js';
export { type SegmentSource, segmentSources } from './audit-journal/segment-source.js';
export { hasLaterGroup, isAllZero, looksTorn } from './audit-journal/tail-check.js';
export {
  type CallResult,
  type EntryDetail,
  type OpenEntry,
  parseEntryDetail,
  parseOpenEntry,
} from './audit-journal/entry.js';
export { Anchor, AnchorDamaged, type AnchorState, AnchorUnavailable } from './anchor/contract.js';
export {
  type AnchorChange,
  type AnchorContent,
  applyChange,
  checkChange,
  emptyAnchor,
} from './anchor/anchor-change.js';
export {
  ANCHOR_FILE,
  encodeAnchor,
  encodeAnchorFrame,
  encodeChange,
  parseAnchor,
} from './anchor/anchor-format.js';
export { InMemoryAnchor } from './anchor/in-memory.js';
export { type DetailKey, DetailKeys, isMonth, monthOf } from './audit-journal/detail-keys.js';
export { DetailKeyDesk } from './audit-journal/detail-key-desk.js';
export { entryRefusal } from './audit-journal/entry-refusal.js';
export { type Waiting, WaitingRoom } from './audit-journal/waiting-room.js';
export {
  JOB_STATES,
  type JobCounts,
  type JobHandler,
  JobQueue,
  JobQueueUnavailable,
  type JobState,
  type JobView,
  MOST_LISTED,
} from './job-queue/contract.js';
export { isJobId, requireJobId, requirePage } from './job-queue/job-ids.js';
export {
  DEFAULT_RETRY_POLICY,
  type RandomBytes,
  reasonOf,
  requirePolicy,
  type RetryPolicy,
  retryDelayMs,
} from './job-queue/retry-policy.js';
export { JobTable } from './job-queue/job-table.js';
export { InMemoryJobQueue } from './job-queue/in-memory.js';
export { type CopyJournal, copyJournalStreams, type JournalPiece } from './backup/journal-copy.js';
export {
  BACKUP_CHUNK,
  BACKUP_FORMAT,
  BACKUP_VERSION,
  type BackupCounts,
  type BackupEnd,
  type BackupEvent,
  type BackupHeader,
  type BackupLine,
} from './backup/lines.js';
export { type BackupContent, backupContent, BackupDamaged, readBackup } from './backup/reader.js';
export { backupEvent, backupSealed, BackupTally, isBackupAuthentic, sealedOfBackup } from './backup/seal.js';
