/** Every way in which a call can fail, whatever its protocol. Each protocol has one table from these to its wire errors. */
export type KmsErrorKind =
  | 'Validation'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Disabled'
  | 'InvalidKeyState'
  | 'InvalidKeyUsage'
  | 'IncorrectKey'
  | 'InvalidCiphertext'
  | 'InvalidSignature'
  | 'InvalidMac'
  | 'InvalidAliasName'
  | 'InvalidArn'
  | 'InvalidMarker'
  | 'InvalidTag'
  | 'MalformedPolicy'
  | 'LimitExceeded'
  | 'Unsupported'
  | 'Unauthenticated'
  | 'AccessDenied'
  | 'Conflict'
  | 'PreconditionFailed'
  | 'DryRun'
  | 'Throttled'
  | 'Unavailable'
  | 'Internal';

/** What a program may want to know beyond the sentence. Never a secret, never a caller's payload. */
export interface KmsErrorDetails {
  /** ARN or name of what the call was about. */
  readonly resource?: string;
  /** State that forbids the operation, in lower case with underscores: `disabled`, `pending_deletion`, `retired`, … */
  readonly state?: string;
  readonly operation?: string;
  readonly argument?: string;
  readonly expected?: string;
  readonly found?: string;
  /** Which of several refusals it is, where programs tell them apart: `wrong-share`. */
  readonly reason?: string;
}

/**
 * The one error type that crosses layers. The message names argument, expectation and finding, and never a secret.
 * Anything else that is thrown becomes an opaque `Internal` at the wire.
 */
export class KmsError extends Error {
  override readonly name = 'KmsError';
  constructor(
    readonly kind: KmsErrorKind,
    message: string,
    readonly details: KmsErrorDetails = {},
  ) {
    super(message);
  }
}
