export {
  type ChainHead,
  type ChainReport,
  type ChainVerdict,
  describeViolation,
  type Violation,
  type ViolationReason,
} from './verdict.js';
export { verifyChain, type VerifyChainOptions } from './verify-chain.js';
export { CannotVerify } from './offline-keys.js';
export {
  type AnchorAtHand,
  type AnchorCheck,
  type JournalAtHand,
  type JournalVerdict,
  verifyJournal,
} from './verify-journal.js';
export { type CopiedGroup, type CopyVerdict, verifyCopies } from './verify-copies.js';
export { type BackupAtHand, type BackupVerdict, verifyBackup } from './verify-backup.js';
export { BackupDamaged, type BackupEnd, type BackupHeader, readBackup } from '@claviger/ports';
export {
  ANCHOR_FILE,
  ANCHOR_KEY_REFERENCE,
  JOURNAL_COPIES_FILE,
  JOURNAL_COPIES_KEY_FILE,
  JOURNAL_KEY_FILE,
  RETENTION_MARK_FILE,
} from './offline-names.js';
