import type { FastifyReply } from 'fastify';

const CONTENT_TYPE = 'application/x-amz-json-1.1';
/** Answers hold plaintext and data keys. */
const CACHE_CONTROL = 'no-cache, no-store, must-revalidate, private';

/**
 * Writes an answer past Fastify, which would add a charset to the content type and look for hooks.
 * @param closes ends the connection: the rest of the request was not read
 */
export function answer(reply: FastifyReply, requestId: string, status: number, body: string, closes = false): void {
  reply.hijack();
  const { raw } = reply;
  if (raw.destroyed || raw.headersSent) {
    return;
  }
  if (closes) {
    raw.setHeader('connection', 'close');
  }
  const length = Buffer.byteLength(body);
  raw.writeHead(status, {
    'x-amzn-RequestId': requestId,
    'cache-control': CACHE_CONTROL,
    'content-type': CONTENT_TYPE,
    'content-length': length,
  });
  // As many bytes as characters: all of it is ASCII, which needs no encoder.
  raw.end(body, length === body.length ? 'latin1' : 'utf8');
}
