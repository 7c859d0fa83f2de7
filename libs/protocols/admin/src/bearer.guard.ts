import { AuditTrail, type Caller, type CallSource, Credentials, newFacts, portError } from '@claviger/application';
import { KmsError } from '@claviger/domain';
import { Clock, Ids } from '@claviger/platform';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdminOptions } from './admin-options.js';
import { type CallRequest, operationOf } from './call.js';
import { type HeaderFields, headerFields, NO_HEADERS } from './headers.js';
import { regionOf } from './query.js';

const BEARER = /^Bearer ([\x21-\x7e]{16,512})$/i;

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
    if (operation === undefined) throw new Error('a route without @Route cannot be recorded');
    const requestId = this.ids.uuid4();
    request.requestId = requestId;
    void reply.header('x-request-id', requestId).header('cache-control', 'no-store');
    const source = this.options.sourceOf(request);
    const caller = await this.caller(request, source, requestId, operation);
    request.call = {
      caller,
      region: regionOf(request, this.options.regions),
      source,
      requestId,
      protocol: 'admin',
      operation,
      receivedAt: this.clock.now(),
      ...this.headers(request),
      facts: newFacts(),
    };
    return true;
  }

  /** @throws KmsError Unauthenticated, Unavailable; on record when it does */
  private async caller(
    request: CallRequest,
    source: CallSource,
    requestId: string,
    operation: string,
  ): Promise<Caller> {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    let refusal = new KmsError('Unauthenticated', 'A valid bearer token is required in the Authorization header.');
    try {
      const caller = token === undefined ? undefined : await this.credentials.bearer(token);
      if (caller !== undefined) return caller;
    } catch (error) {
      const known = portError(error);
      if (known === undefined) throw error;
      refusal = known;
    }
    await this.trail.unauthenticated({ source, requestId, protocol: 'admin', operation, error: refusal.kind });
    throw refusal;
  }

  private headers(request: CallRequest): HeaderFields {
    try {
      return headerFields(request);
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
      request.refusal = error;
      return NO_HEADERS;
    }
  }
}
