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
export { InMemorySeal } from './seal/in-memory.js';
export { requireWrappable } from './seal/wrappable.js';
export {
  ReferenceDestroyed,
  type SealedKind,
  type SealedRecord,
  SealedStore,
  SealedStoreUnavailable,
} from './sealed-store/contract.js';
export { InMemorySealedStore, type SealedShelf } from './sealed-store/in-memory.js';
export { requireReference } from './sealed-store/reference.js';
export { SYSTEM_KEY_REFERENCES, type SystemKeyName } from './sealed-store/system-keys.js';
export { type About, type OpenedSecret, SealedRecordInvalid, SealedSecrets } from './sealed-store/sealed-secrets.js';
export {
  type DeviceRandom,
  type GeneratedMaterial,
  Hsm,
  HsmOverloaded,
  HsmUnavailable,
  type HsmUses,
  type Material,
  MaterialUnavailable,
  type MessageType,
  type SymmetricSealed,
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
  MAX_GROUP_COST,
} from './audit-journal/group-builder.js';
export { MAX_GROUP_LENGTH, parseGroup, parseGroupHeader } from './audit-journal/group-format.js';
export { readGroup } from './audit-journal/group-reader.js';
export { InMemoryAuditJournal } from './audit-journal/in-memory.js';
export { InMemoryDetailKeys } from './audit-journal/in-memory-detail-keys.js';
export { JOURNAL_KEY_CONTEXT, JOURNAL_KEY_FILE } from './audit-journal/journal-key-file.js';
export { type JournalKeys, journalKeys } from './audit-journal/journal-keys.js';
export {
  encodeRetentionMark,
  parseRetentionMark,
  RETENTION_MARK_FILE,
  type RetentionMark,
} from './audit-journal/retention-mark.js';
export { SealedDetailKeys } from './audit-journal/sealed-detail-keys.js';
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
