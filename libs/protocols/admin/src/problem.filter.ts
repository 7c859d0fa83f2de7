import { KmsError, type KmsErrorKind } from '@claviger/domain';
import { Logger } from '@claviger/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { CallRequest } from './call.js';

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

/** Errors as problem details (RFC 9457), for programs and people alike. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { call } = host.switchToHttp().getRequest<CallRequest>();
    const problem = this.problemOf(thrown);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (problem.status === 429 || problem.status === 503) void reply.header('retry-after', '1');
    void reply
      .code(problem.status)
      .type('application/problem+json; charset=utf-8')
      .send({ ...problem, ...(call === undefined ? {} : { requestId: call.requestId }) });
  }

  private problemOf(thrown: unknown): { readonly status: number } & Readonly<Record<string, unknown>> {
    if (thrown instanceof KmsError) {
      const { kind, message, details } = thrown;
      return { type: `urn:claviger:error:${kind}`, title: titleOf(kind), status: STATUS[kind], detail: message, ...details };
    }
    if (thrown instanceof HttpException || hasClientStatus(thrown)) {
      const status = thrown instanceof HttpException ? thrown.getStatus() : thrown.statusCode;
      return { type: 'about:blank', title: `HTTP ${status}`, status, detail: thrown.message };
    }
    this.logger.error('a request failed unexpectedly', { error: thrown });
    return { type: 'urn:claviger:error:Internal', title: titleOf('Internal'), status: 500, detail: 'An internal error occurred.' };
  }
}

/** `InvalidKeyState` → `Invalid key state`. */
function titleOf(kind: KmsErrorKind): string {
  const words = kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Fastify's own refusals (malformed JSON, body too large, unsupported media type). */
function hasClientStatus(thrown: unknown): thrown is Error & { statusCode: number } {
  return thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number' && thrown.statusCode >= 400 && thrown.statusCode < 500;
}
