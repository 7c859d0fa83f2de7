export { KmsError, type KmsErrorDetails, type KmsErrorKind } from './errors.js';
export type { DecidedOn, Decider, Decision, DomainEvent, EventMetadata } from './envelope.js';
export { aliasArn, keyArn, principalArn } from './arn.js';
export {
  accountStream,
  aliasStream,
  keyStream,
  principalStream,
  type StreamCategory,
  streamCategory,
  uniqueStream,
  usesStream,
} from './streams.js';
export {
  DATA_CLASSES,
  type DataClass,
  type EncryptionAlgorithm,
  ENVIRONMENT_PATTERN,
  isSymmetric,
  KEY_SPECS,
  KEY_USAGES,
  type KeyOrigin,
  type KeySpec,
  type KeyUsage,
  type MacAlgorithm,
  type SigningAlgorithm,
  SPEC_FACTS,
  type Tag,
} from './key/attributes.js';
