export {
  type AllPage,
  type AppendResult,
  EventIntegrityError,
  type EventRecord,
  EventStore,
  type NewEvent,
  NO_STREAM,
  type ReadAllOptions,
  START,
  type SubscribeOptions,
  type Subscription,
  UnknownOutcome,
  WrongExpectedRevision,
} from './event-store/contract.js';
export { Seal, Sealed } from './seal/contract.js';
export { type SealedKind, type SealedRecord, SealedStore } from './sealed-store/contract.js';
export {
  type GeneratedMaterial,
  Hsm,
  type HsmUses,
  type Material,
  MaterialUnavailable,
  type MessageType,
  type SymmetricSealed,
} from './hsm/contract.js';
export { AuditJournal, type JournalEntry, JournalOverloaded, JournalUnavailable, type RecordedEntry } from './audit-journal/contract.js';
export { type CallResult, type EntryDetail, type OpenEntry, parseEntryDetail, parseOpenEntry } from './audit-journal/entry.js';
export { Anchor, type AnchorState } from './anchor/contract.js';
export { type DetailKey, DetailKeys, isMonth, monthOf } from './audit-journal/detail-keys.js';
