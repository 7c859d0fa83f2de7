import { KmsError, type KmsErrorKind } from '@claviger/domain';
import { HttpException } from '@nestjs/common';
import type { ProblemDto } from './problem.dto.js';

const STATUS: Readonly<Record<KmsErrorKind, number>> = {
  Validation: 400,
  NotFound: 404,
  AlreadyExists: 409,
  Disabled: 409,
  InvalidKeyState: 409,
  InvalidKeyUsage: 400,
  IncorrectKey: 400,
  InvalidCiphertext: 400,
  InvalidSignature: 400,
  InvalidMac: 400,
  InvalidAliasName: 400,
  InvalidArn: 400,
  InvalidMarker: 400,
  InvalidTag: 400,
  MalformedPolicy: 400,
  LimitExceeded: 409,
  Unsupported: 400,
  Unauthenticated: 401,
  AccessDenied: 403,
  Conflict: 409,
  PreconditionFailed: 412,
  DryRun: 412,
  Throttled: 429,
  Unavailable: 503,
  Internal: 500,
};

/** What the HTTP server refuses by itself, before any operation is known. */
const REFUSALS: Readonly<Record<number, string>> = {
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  413: 'Content too large',
  414: 'URI too long',
  415: 'Unsupported media type',
  431: 'Request header fields too large',
};

/** Undefined for errors that nobody expected: they tell the caller nothing. */
export function problemOf(thrown: unknown): ProblemDto | undefined {
  if (thrown instanceof KmsError) {
    const { kind, message, details } = thrown;
    return {
      type: `urn:claviger:error:${kind}`,
      title: titleOf(kind),
      status: STATUS[kind],
      detail: message,
      ...details,
    };
  }
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  if (status === undefined || !(thrown instanceof Error)) return undefined;
  return { type: 'about:blank', title: REFUSALS[status] ?? 'Bad request', status, detail: thrown.message };
}

export const internalProblem = (): ProblemDto => ({
  type: 'urn:claviger:error:Internal',
  title: titleOf('Internal'),
  status: STATUS.Internal,
  detail: 'An internal error occurred.',
});

/** `InvalidKeyState` → `Invalid key state`. */
function titleOf(kind: KmsErrorKind): string {
  const words = kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Fastify's own refusals carry a status of the client's fault. */
function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error && 'statusCode' in thrown) || typeof thrown.statusCode !== 'number') return undefined;
  return thrown.statusCode >= 400 && thrown.statusCode < 500 ? thrown.statusCode : undefined;
}
