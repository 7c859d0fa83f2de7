import { KmsError, type KmsErrorKind } from '@claviger/domain';

/** An error as the client sees it. `message` undefined: the body has no message member at all. */
export interface WireError {
  readonly status: 400 | 413 | 500;
  readonly type: string;
  readonly message: string | undefined;
}

/**
 * A failure for which only this protocol has a name: the kind is what the record says, the type what the client sees.
 * An empty message is left out of the body.
 */
export class AwsError extends KmsError {
  constructor(
    readonly type: string,
    kind: KmsErrorKind,
    message: string,
    readonly status: 400 | 413 = 400,
  ) {
    super(kind, message);
  }
}

/** Which exception a kind is, and how much it says. Client faults are 400 throughout, as recorded from the service. */
const table: Readonly<
  Record<KmsErrorKind, { readonly type: string; readonly status: 400 | 500; readonly says: Says }>
> = {
  Validation: { type: 'ValidationException', status: 400, says: 'message' },
  NotFound: { type: 'NotFoundException', status: 400, says: 'message' },
  AlreadyExists: { type: 'AlreadyExistsException', status: 400, says: 'message' },
  Disabled: { type: 'DisabledException', status: 400, says: 'message' },
  InvalidKeyState: { type: 'KMSInvalidStateException', status: 400, says: 'message' },
  InvalidKeyUsage: { type: 'InvalidKeyUsageException', status: 400, says: 'message' },
  IncorrectKey: { type: 'IncorrectKeyException', status: 400, says: 'message' },
  // These three never say more: any difference would be an oracle.
  InvalidCiphertext: { type: 'InvalidCiphertextException', status: 400, says: 'nothing' },
  InvalidSignature: { type: 'KMSInvalidSignatureException', status: 400, says: 'nothing' },
  InvalidMac: { type: 'KMSInvalidMacException', status: 400, says: 'nothing' },
  InvalidAliasName: { type: 'InvalidAliasNameException', status: 400, says: 'message' },
  InvalidArn: { type: 'InvalidArnException', status: 400, says: 'message' },
  InvalidMarker: { type: 'InvalidMarkerException', status: 400, says: 'message' },
  InvalidTag: { type: 'TagException', status: 400, says: 'message' },
  MalformedPolicy: { type: 'MalformedPolicyDocumentException', status: 400, says: 'message' },
  LimitExceeded: { type: 'LimitExceededException', status: 400, says: 'message' },
  Unsupported: { type: 'UnsupportedOperationException', status: 400, says: 'message' },
  Unauthenticated: { type: 'UnrecognizedClientException', status: 400, says: 'message' },
  AccessDenied: { type: 'AccessDeniedException', status: 400, says: 'message' },
  Conflict: { type: 'ConflictException', status: 400, says: 'message' },
  PreconditionFailed: { type: 'ConflictException', status: 400, says: 'message' },
  DryRun: { type: 'DryRunOperationException', status: 400, says: 'message' },
  Throttled: { type: 'ThrottlingException', status: 400, says: 'message' },
  Unavailable: { type: 'KeyUnavailableException', status: 500, says: 'message' },
  Internal: { type: 'KMSInternalException', status: 500, says: 'request id' },
};

type Says = 'message' | 'nothing' | 'request id';

/** Maps anything that was thrown. What is not a KmsError tells the client nothing but where to look. */
export function toWireError(thrown: unknown, requestId: string): WireError {
  if (thrown instanceof AwsError) {
    return { type: thrown.type, status: thrown.status, message: sentence(thrown) };
  }
  const error = thrown instanceof KmsError ? thrown : new KmsError('Internal', '');
  const { type, status, says } = table[error.kind];
  switch (says) {
    case 'message':
      return { type, status, message: sentence(error) };
    case 'nothing':
      return { type, status, message: undefined };
    case 'request id':
      return { type, status, message: `The request failed because of an internal error. Request id: ${requestId}` };
  }
}

const sentence = ({ message }: KmsError): string | undefined => (message === '' ? undefined : message);

/** The body: `__type` plain, because SDKs map that to their exception class. */
export function renderError(error: WireError): string {
  const { type, message } = error;
  if (message === undefined) {
    return JSON.stringify({ __type: type });
  }
  // This one has a capital letter, and clients read it so.
  return JSON.stringify(
    type === 'AccessDeniedException' ? { __type: type, Message: message } : { __type: type, message },
  );
}
