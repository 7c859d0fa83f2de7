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
export { ANCHOR_FILE, ANCHOR_KEY_REFERENCE, JOURNAL_KEY_FILE, RETENTION_MARK_FILE } from './offline-names.js';
