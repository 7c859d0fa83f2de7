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
export { AuditJournal, type JournalEntry, JournalOverloaded, JournalUnavailable, type RecordedEntry } from './audit-journal/contract.js';
export { type CallResult, type EntryDetail, type OpenEntry, parseEntryDetail, parseOpenEntry } from './audit-journal/entry.js';
export { Anchor, type AnchorState } from './anchor/contract.js';
export { type DetailKey, DetailKeys, isMonth, monthOf } from './audit-journal/detail-keys.js';
