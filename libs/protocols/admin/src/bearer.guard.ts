import { AuditTrail, type CallContext, Credentials, newFacts } from '@claviger/application';
import { canonicalJson, type Json, sha256Hex } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import { Clock, Ids } from '@claviger/platform';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdminOptions } from './admin-options.js';
import { type CallRequest, operationOf } from './call.js';
import { parseIfMatch } from './etag.js';

const BEARER = /^Bearer ([\x21-\x7e]{16,512})$/i;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const REASON_LIMIT = 512;

/** Finds out who calls, and makes the request's one call context. Nothing behind it runs without. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly credentials: Credentials,
    private readonly trail: AuditTrail,
    private readonly options: AdminOptions,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const operation = operationOf(context.getHandler());
    if (operation === undefined) throw new Error('a route without @Operation cannot be recorded');
    const requestId = this.ids.uuid4();
    void reply.header('x-request-id', requestId);
    const source = this.options.sourceOf(request);
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const caller = token === undefined ? undefined : await this.credentials.bearer(token);
    if (caller === undefined) {
      await this.trail.unauthenticated({ source, requestId, protocol: 'admin', operation, error: 'Unauthenticated' });
      throw new KmsError('Unauthenticated', 'A valid bearer token is required in the Authorization header.');
    }
    request.call = {
      caller,
      region: regionOf(request, this.options.regions),
      source,
      requestId,
      protocol: 'admin',
      operation,
      reason: reasonOf(request),
      receivedAt: this.clock.now(),
      ...idempotency(request),
      ifMatch: parseIfMatch(request.headers['if-match']),
      facts: newFacts(),
    };
    return true;
  }
}

/** An unknown Region falls back to the first here and is refused, on the record, by the interceptor. */
function regionOf(request: CallRequest, regions: readonly [string, ...string[]]): string {
  const region = queryOf(request)['region'];
  return typeof region === 'string' && regions.includes(region) ? region : regions[0];
}

export const queryOf = (request: CallRequest): Readonly<Record<string, unknown>> => {
  const { query } = request;
  return typeof query === 'object' && query !== null ? { ...query } : {};
};

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

function reasonOf(request: CallRequest): string | null {
  const reason = single(request.headers['x-claviger-reason']);
  return reason === undefined || reason === '' ? null : reason.slice(0, REASON_LIMIT);
}

function idempotency(request: CallRequest): Pick<CallContext, 'idempotencyKey' | 'requestHash'> {
  const key = single(request.headers['idempotency-key']);
  if (key === undefined) return { idempotencyKey: null, requestHash: null };
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new KmsError('Validation', 'Idempotency-Key must be 1 to 255 visible ASCII characters.', { argument: 'Idempotency-Key' });
  }
  // The body came through a JSON parser, so it is JSON.
  const body = request.body === undefined ? null : (request.body as Json);
  return { idempotencyKey: key, requestHash: sha256Hex(`${request.method}\n${request.url}\n${canonicalJson(body)}`) };
}
