import { KmsError } from '@claviger/domain';
import type { FastifyReply } from 'fastify';

/** The revision of a key's stream, as a strong entity tag (RFC 9110, 8.8.3). */
const etagOf = (revision: number): string => `"${revision}"`;

export function setEtag(reply: FastifyReply, revision: number): void {
  void reply.header('etag', etagOf(revision));
}

/** Null where there is no condition. `*` is one that every existing key meets. @throws KmsError Validation */
export function parseIfMatch(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null;
  const digits = /^"([0-9]{1,15})"$/.exec(header.trim())?.[1];
  if (digits === undefined) {
    throw new KmsError('Validation', 'If-Match must be one entity tag as this service gives them, for example "3".', {
      argument: 'If-Match',
      found: header.slice(0, 64),
    });
  }
  return Number(digits);
}
