export { type AwsKmsDeps, registerAwsKms } from './front.js';
export type { AwsKmsUses } from './operations/operation.js';
export { defaultKeyPolicy } from './policy/default-policy.js';
export { answerUnavailable } from './unavailable.js';
