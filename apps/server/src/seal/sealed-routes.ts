import { SecretBytes } from '@claviger/crypto';
import { type Clock, discardBody, type Ids, type Logger, type Metrics } from '@claviger/platform';
import { answerUnavailable } from '@claviger/protocols/aws-kms';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { registerHealth } from '../http/health.js';
import { sourceOf } from '../http/source.js';
import { problemOf, Refused, refusal } from './refusals.js';
import type { SealGate, Visitor } from './seal-gate.js';
import { membersOf, numberOf, secretOf } from './secret-body.js';

/** A passphrase of 1024 characters, each escaped, fits; a share takes a tenth of that. */
const SECRET_BODY_LIMIT = 8 * 1024;
const BEARER = /^Bearer ([\x21-\x7e]{16,512})$/i;
const REASON_LIMIT = 512;
/** For those who cannot do anything about it but wait. */
const RETRY_AFTER_SECONDS = 5;
const SEAL = '/api/v1/operator';

export interface SealedRoutesParts {
  readonly gate: SealGate;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Everything that a service answers while its seal is closed: how it stands, and what opens it. All else is unavailable. */
export function registerSealedRoutes(fastify: FastifyInstance, parts: SealedRoutesParts): void {
  const { gate, ids, metrics } = parts;
  fastify.removeAllContentTypeParsers();
  // Bytes, whatever they are called: they are wiped where they are read.
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  fastify.addHook('onRequest', async (request, reply) => {
    const requestId = ids.uuid4();
    request.headers['x-request-id'] = requestId;
    void reply.header('x-request-id', requestId).header('cache-control', 'no-store');
    // No credentials are asked for here, so a page in an operator's browser must not be able to call in their stead.
    if (request.method !== 'GET' && request.headers.origin !== undefined && request.url !== '/') {
      throw refusal('Validation', 'A sealed service takes nothing from a browser: the request has an Origin.');
    }
  });
  fastify.setErrorHandler((error, request, reply) => refuse(parts, request, reply, error));
  fastify.setNotFoundHandler((_, reply) => {
    void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
    throw refusal('Unavailable', sentenceOf(gate));
  });
  registerHealth(
    fastify,
    () => ({ notReady: gate.reasons(), warnings: [] }),
    metrics,
    async () => ({}),
  );
  fastify.post('/', (request, reply) => answerUnavailable(reply, requestIdOf(request), sentenceOf(gate)));
  registerSeal(fastify, gate);
}

function registerSeal(fastify: FastifyInstance, gate: SealGate): void {
  const secret = { bodyLimit: SECRET_BODY_LIMIT };
  fastify.get(`${SEAL}/seal`, async () => gate.view());
  fastify.post(`${SEAL}/init`, secret, async (request) => {
    if (gate.wantsInit !== 'shares') {
      // Where there is a root key already the gate says so, whatever the body.
      if (gate.wantsInit === undefined) return gate.initByShares(visitorOf(request), { shares: 0, threshold: 0 });
      using passphrase = secretOf(membersOf(request.body, ['passphrase']), 'passphrase');
      return await gate.initByPassphrase(visitorOf(request), passphrase);
    }
    const members = membersOf(request.body, ['shares', 'threshold']);
    const plan = { shares: numberOf(members, 'shares'), threshold: numberOf(members, 'threshold') };
    return gate.initByShares(visitorOf(request), plan);
  });
  fastify.post(`${SEAL}/unseal`, secret, async (request) => {
    const name = gate.wantsUnseal;
    using given = secretOf(membersOf(request.body, [name]), name);
    return await gate.unseal(visitorOf(request), given);
  });
  fastify.post(`${SEAL}/unseal/forget`, secret, (request) => gate.forget(visitorOf(request)));
}

/** The request id that was given to it; whatever the client sent under this name was overwritten. */
const requestIdOf = (request: FastifyRequest): string => String(request.headers['x-request-id']);

function visitorOf(request: FastifyRequest): Visitor {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  return {
    requestId: requestIdOf(request),
    source: sourceOf(request),
    token: token === undefined ? null : SecretBytes.take(new TextEncoder().encode(token)),
    reason: reasonOf(request.headers['x-claviger-reason']),
  };
}

/** Header values are bytes, which Node shows as Latin-1; people's reasons are UTF-8. One that cannot be kept is left out. */
function reasonOf(header: string | readonly string[] | undefined): string | null {
  if (typeof header !== 'string') return null;
  const text = Buffer.from(header, 'latin1').toString('utf8').trim();
  return text === '' || text.length > REASON_LIMIT || text.includes('\ufffd') ? null : text;
}

/** What people can do about it. */
function sentenceOf(gate: SealGate): string {
  const { state, shares } = gate.view();
  switch (state) {
    case 'not-initialised':
      return 'The service has no root key yet: an operator makes it with `claviger operator init`.';
    case 'sealed':
      return shares === null
        ? 'The service is sealed: `claviger operator unseal` takes its passphrase.'
        : `The service is sealed: ${shares.missing} of ${shares.threshold} shares ${shares.missing === 1 ? 'is' : 'are'} missing. \`claviger operator unseal\` takes one.`;
    case 'starting':
    case 'unsealed':
      return 'The service is starting. Try again in a moment.';
  }
}

async function refuse(
  { clock, logger, gate }: SealedRoutesParts,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): Promise<void> {
  const requestId = requestIdOf(request);
  const status = statusOf(error);
  if (status === 413) await discardBody(request.raw, clock);
  if (request.url === '/' && request.method === 'POST') {
    answerUnavailable(reply, requestId, sentenceOf(gate));
    return;
  }
  const known = error instanceof Refused;
  if (!known && status === undefined) logger.error('a request failed unexpectedly', { error, requestId });
  const { retryAfterSeconds } = known ? error.details : {};
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  void reply.code(known ? error.status : (status ?? 500)).type('application/problem+json; charset=utf-8');
  void reply.send(known ? problemOf(error, requestId) : plainProblem(status, requestId));
}

/** What the HTTP server refuses by itself. */
function plainProblem(status: number | undefined, requestId: string): object {
  if (status === undefined) return problemOf(refusal('Internal', 'An internal error occurred.'), requestId);
  const detail =
    status === 413 ? `The body must be at most ${SECRET_BODY_LIMIT} bytes.` : 'The request cannot be understood.';
  return {
    type: 'about:blank',
    title: status === 413 ? 'Content too large' : 'Bad request',
    status,
    detail,
    requestId,
  };
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
