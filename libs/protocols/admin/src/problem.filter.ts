import { AuditTrail } from '@claviger/application';
import { KmsError } from '@claviger/domain';
import { Clock, discardBody, Ids, Logger } from '@claviger/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdminOptions } from './admin-options.js';
import { AdminRoutes } from './admin-routes.js';
import type { CallRequest } from './call.js';
import { isAdminUrl } from './prefix.js';
import { internalProblem, problemOf } from './problem.js';

/**
 * Errors as problem details (RFC 9457), for programs and people alike. Bound to the admin controllers; as a global filter too it answers
 * what never reaches them: unknown routes, bodies that are too large.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly trail: AuditTrail,
    private readonly options: AdminOptions,
    private readonly routes: AdminRoutes,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<CallRequest>();
    // Behind the guard the call is on record already.
    if (request.requestId !== undefined || !isAdminUrl(request.url)) return this.answer(reply, request, thrown);
    void this.unguarded(reply, request, thrown);
  }

  /** A request that failed before anybody asked who calls. */
  private async unguarded(reply: FastifyReply, request: CallRequest, thrown: unknown): Promise<void> {
    const requestId = this.ids.uuid4();
    request.requestId = requestId;
    const refused = this.methodNotAllowed(reply, request, thrown) ?? thrown;
    try {
      await this.trail.unauthenticated({
        source: this.options.sourceOf(request),
        requestId,
        protocol: 'admin',
        operation: '-',
        error: refused instanceof KmsError ? refused.kind : 'Validation',
      });
      if (problemOf(refused)?.status === 413) await discardBody(request.raw, this.clock);
      this.answer(reply, request, refused);
    } catch (unrecorded) {
      this.answer(reply, request, unrecorded);
    }
  }

  private answer(reply: FastifyReply, request: CallRequest, thrown: unknown): void {
    const known = problemOf(thrown);
    if (known === undefined)
      this.logger.error('a request failed unexpectedly', { error: thrown, requestId: request.requestId });
    const problem = known ?? internalProblem();
    const { requestId } = request;
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (problem.status === 429 || problem.status === 503) void reply.header('retry-after', '1');
    // Set by a handler whose answer must not leave after all.
    void reply.removeHeader('etag').removeHeader('location');
    if (requestId !== undefined) problem.requestId = requestId;
    void reply.code(problem.status).type('application/problem+json; charset=utf-8').send(problem);
  }

  private methodNotAllowed(reply: FastifyReply, request: CallRequest, thrown: unknown): Error | undefined {
    if (problemOf(thrown)?.status !== 404) return undefined;
    const methods = this.routes.methodsOf(request.url);
    if (methods.length === 0) return undefined;
    void reply.header('allow', methods.join(', '));
    const refusal = new Error(`${request.method} is not allowed here; ${methods.join(', ')} is.`);
    return Object.assign(refusal, { statusCode: 405 });
  }
}
