export {
  type ChainHead,
  type ChainReport,
  type ChainVerdict,
  describeViolation,
  type Violation,
  type ViolationReason,
} from './verdict.js';
export { verifyChain, type VerifyChainOptions } from './verify-chain.js';
