/** Why a request is not authenticated; answered with HTTP 400. Texts follow AWS where its text is known. */
export interface SigV4Error {
  readonly type:
    | 'MissingAuthenticationTokenException'
    | 'IncompleteSignatureException'
    | 'InvalidSignatureException'
    | 'UnrecognizedClientException';
  readonly message: string;
}

export const missingToken: SigV4Error = {
  type: 'MissingAuthenticationTokenException',
  message: 'Missing Authentication Token',
};

export const unrecognizedClient: SigV4Error = {
  type: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
};

export const signatureMismatch: SigV4Error = {
  type: 'InvalidSignatureException',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
    'and signing method. Consult the service documentation for details.',
};

/** The Authorization header or the date cannot be understood. */
export function incomplete(message: string): SigV4Error {
  return { type: 'IncompleteSignatureException', message };
}

/** Understood, and not valid for this request, time or place. */
export function invalid(message: string): SigV4Error {
  return { type: 'InvalidSignatureException', message };
}
