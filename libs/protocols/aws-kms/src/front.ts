import {
  type AuditTrail,
  type CallContext,
  type CallSource,
  type Caller,
  type Credentials,
  newFacts,
} from '@claviger/application';
import { KmsError } from '@claviger/domain';
import { type Clock, discardBody, type Ids, type Logger } from '@claviger/platform';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answer } from './answer.js';
import { Authenticator } from './authenticate.js';
import { AwsError, renderError, toWireError } from './errors.js';
import { perform, readTarget } from './operations/dispatch.js';
import type { Application } from './operations/operation.js';
import type { SigV4Result } from './sigv4/verify.js';

export interface AwsKmsDeps extends Application {
  readonly credentials: Pick<Credentials, 'peek' | 'accessKey'>;
  readonly trail: Pick<AuditTrail, 'run' | 'unauthenticated'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Regions that a request may be scoped to. */
  readonly regions: readonly string[];
  /** Where a request comes from: the server knows which proxies it trusts. */
  readonly sourceOf: (request: FastifyRequest) => CallSource;
}

const PROTOCOL = 'aws-kms';
/** The largest member is a key policy: 128 KiB on the wire, which may double in JSON. */
export const AWS_KMS_BODY_LIMIT = 256 * 1024;
const NO_BODY = new Uint8Array();

/**
 * Serves AWS KMS at `POST /`: one encapsulated scope with its own body parser, limit and error handler, and nothing of
 * what other routes have (guards, pipes, interceptors). Everything else under `/` is not its business.
 */
export async function registerAwsKms(fastify: FastifyInstance, deps: AwsKmsDeps): Promise<void> {
  const front = new Front(deps);
  await fastify.register(async (scope) => {
    // The signature covers the bytes: they are taken as they come, whatever they are said to be.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
    scope.setErrorHandler<FastifyError>((error, request, reply) => front.refuse(error, request, reply));
    // Also calls whose clients have left go on to their record: what they need must not be closed before.
    scope.addHook('onClose', () => front.idle());
    scope.post('/', { bodyLimit: AWS_KMS_BODY_LIMIT }, (request, reply) => front.serve(request, reply));
  });
}

class Front {
  private readonly authenticator: Authenticator;
  private running = 0;
  private onIdle: (() => void) | undefined;

  constructor(private readonly on: AwsKmsDeps) {
    this.authenticator = new Authenticator(on.credentials, on.clock, on.regions);
  }

  /** Answers every request, whatever happens; never rejects. */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    // 1. The id that every answer bears, and its record.
    const requestId = this.on.ids.uuid7();
    this.running += 1;
    try {
      answer(reply, requestId, 200, await this.call(request, requestId));
    } catch (error) {
      this.fail(error, requestId, reply);
    } finally {
      this.running -= 1;
      if (this.running === 0) {
        this.onIdle?.();
      }
    }
  }

  /** Resolves when no call is running. */
  async idle(): Promise<void> {
    if (this.running > 0) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
  }

  /** What Fastify refused before the route was reached: nobody has been authenticated. */
  async refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const requestId = this.on.ids.uuid7();
    try {
      const refusal = refusalOf(error);
      if (refusal === undefined) {
        throw error;
      }
      await this.unauthenticated(request, requestId, refusal.type);
      if (refusal.status === 413) await discardBody(request.raw, this.on.clock);
      throw refusal;
    } catch (thrown) {
      this.fail(thrown, requestId, reply, true);
    }
  }

  private async call(request: FastifyRequest, requestId: string): Promise<string> {
    const { body, raw, headers } = request;
    const bytes = body instanceof Uint8Array ? body : NO_BODY;
    const url = raw.url ?? '/';
    const query = url.indexOf('?');

    // 2. Who signed it?
    let verified = this.authenticator.authenticate({
      method: raw.method ?? '',
      path: query < 0 ? url : url.slice(0, query),
      query: query < 0 ? '' : url.slice(query + 1),
      rawHeaders: raw.rawHeaders,
      body: bytes,
    });
    if (verified instanceof Promise) {
      verified = await this.lookedUp(verified, request, requestId);
    }

    // 3. Nobody: recorded (within bounds), then refused.
    if (!verified.ok) {
      await this.unauthenticated(request, requestId, verified.error.type);
      throw new AwsError(verified.error.type, 'Unauthenticated', verified.error.message);
    }

    // 4. What is wanted? The target counts only as it was signed.
    const target = readTarget(verified.target);

    // 5. The call that goes all the way down.
    const idempotencyKey = idempotencyKeyOf(verified.invocationId, verified.payloadHash);
    const call: CallContext = {
      caller: verified.principal,
      region: verified.region,
      source: this.on.sourceOf(request),
      requestId,
      protocol: PROTOCOL,
      operation: target.name,
      reason: reasonOf(headers['x-claviger-reason']),
      receivedAt: this.on.clock.now(),
      idempotencyKey,
      requestHash: idempotencyKey === null ? null : verified.payloadHash,
      ifMatch: null,
      facts: newFacts(),
    };

    // 6. From here on every outcome, a malformed body too, is on the caller's record before it is answered.
    return this.on.trail.run(call, () => perform(call, target, headers['content-type'], bytes, this.on));
  }

  /** @throws KmsError Unavailable when nobody can say who calls */
  private async lookedUp(
    verified: Promise<SigV4Result<Caller>>,
    request: FastifyRequest,
    requestId: string,
  ): Promise<SigV4Result<Caller>> {
    try {
      return await verified;
    } catch (error) {
      this.on.logger.error('a caller could not be looked up', { error, requestId });
      await this.unauthenticated(request, requestId, 'Unavailable');
      throw new KmsError('Unavailable', 'The caller cannot be authenticated now.');
    }
  }

  private async unauthenticated(request: FastifyRequest, requestId: string, error: string): Promise<void> {
    const header = request.headers['x-amz-target'];
    // Only a name from the model gets into records and metrics.
    const operation = readTarget(typeof header === 'string' ? header : undefined).name;
    const source = this.on.sourceOf(request);
    await this.on.trail.unauthenticated({ source, requestId, protocol: PROTOCOL, operation, error });
  }

  private fail(error: unknown, requestId: string, reply: FastifyReply, closes = false): void {
    if (!(error instanceof KmsError)) {
      this.on.logger.error('a request failed unexpectedly', { error, requestId });
    }
    const wire = toWireError(error, requestId);
    answer(reply, requestId, wire.status, renderError(wire), closes);
  }
}

/** What a client is told of a refusal by Fastify; undefined where it is a fault of ours. */
function refusalOf(error: FastifyError): AwsError | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AwsError(
        'RequestEntityTooLargeException',
        'Validation',
        `The request has more than ${AWS_KMS_BODY_LIMIT} bytes.`,
        413,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AwsError('UnknownOperationException', 'Unsupported', '');
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? new AwsError('SerializationException', 'Validation', '')
        : undefined;
  }
}

const INVOCATION_ID = /^[\x21-\x7e]{1,128}$/;

/** SDKs repeat it with every try of one call. With the body's hash: another body is another command, never a conflict. */
const idempotencyKeyOf = (invocationId: string | undefined, payloadHash: string): string | null =>
  invocationId !== undefined && INVOCATION_ID.test(invocationId) ? `${invocationId}/${payloadHash}` : null;

const MOST_REASON = 512;

/** The caller's ticket or reason. Signed only where the client signs it. */
function reasonOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header.slice(0, MOST_REASON) : null;
}
