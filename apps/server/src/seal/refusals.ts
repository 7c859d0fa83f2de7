/** Kinds of errors that a sealed service answers with, and their HTTP status; as in the admin API. */
const STATUS = {
  Validation: 400,
  AlreadyExists: 409,
  InvalidKeyState: 409,
  Throttled: 429,
  Unavailable: 503,
  Internal: 500,
} as const;
const TITLES = {
  Validation: 'Validation',
  AlreadyExists: 'Already exists',
  InvalidKeyState: 'Invalid key state',
  Throttled: 'Throttled',
  Unavailable: 'Unavailable',
  Internal: 'Internal',
} as const;

export type RefusalKind = keyof typeof STATUS;

/** More that a program may want to know. Nothing secret. */
export interface RefusalDetails {
  readonly argument?: string;
  readonly reason?: string;
  readonly share?: { readonly set: string; readonly index: number };
  readonly retryAfterSeconds?: number;
}

/** A call to a sealed service that is refused. The message is for people, and quotes nothing that was sent. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly kind: RefusalKind,
    message: string,
    readonly details: RefusalDetails = {},
  ) {
    super(message);
  }

  get status(): number {
    return STATUS[this.kind];
  }
}

export const refusal = (kind: RefusalKind, message: string, details?: RefusalDetails): Refused =>
  new Refused(kind, message, details);

/** Problem details (RFC 9457), in the form of the admin API. */
export function problemOf(refused: Refused, requestId: string): object {
  const { retryAfterSeconds: _, ...details } = refused.details;
  return {
    type: `urn:claviger:error:${refused.kind}`,
    title: TITLES[refused.kind],
    status: refused.status,
    detail: refused.message,
    ...details,
    requestId,
  };
}
