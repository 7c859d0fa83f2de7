import type { FastifyInstance } from 'fastify';

/** A body that cannot be understood. It travels as a value, so that the refusal is recorded as that of a known caller. */
export class UnreadableBody {
  constructor(
    /** A sentence for the caller; nothing of the body is in it. */
    readonly problem: string,
  ) {}
}

const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json$/i;

/**
 * Reads the bodies of this Fastify scope: JSON, without members that could change prototypes. Whatever else comes is passed on as
 * {@link UnreadableBody}; only what is too large ends here. For an application that was made with `bodyParser: false`.
 */
export function registerAdminBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    const text = typeof body === 'string' ? body : body.toString('utf8');
    // A client that always says "JSON", also where there is nothing to say.
    if (text.trim() === '') return done(null, undefined);
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
    if (!JSON_TYPE.test(type)) {
      return done(null, new UnreadableBody('Content-Type must be application/json.'));
    }
    const parsed = (error: Error | null, value?: unknown): void =>
      done(null, error === null ? value : new UnreadableBody('The body must be valid JSON.'));
    return void parseJson(request, text, parsed);
  });
}
