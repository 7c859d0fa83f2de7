import type { CallContext } from '@claviger/application';
import { canonicalJson, type Json, sha256Hex } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import { UnreadableBody } from './body.js';
import type { CallRequest } from './call.js';
import { parseIfMatch } from './etag.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const REASON_LIMIT = 512;

/** What a call takes from its headers. */
export type HeaderFields = Pick<CallContext, 'reason' | 'idempotencyKey' | 'requestHash' | 'ifMatch'>;

/** What counts while the headers cannot be understood: the call is refused then, before any of it is used. */
export const NO_HEADERS: HeaderFields = { reason: null, idempotencyKey: null, requestHash: null, ifMatch: null };

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** @throws KmsError Validation */
export function headerFields(request: CallRequest): HeaderFields {
  return {
    reason: reasonOf(single(request.headers['x-claviger-reason'])),
    ...idempotency(request),
    ifMatch: parseIfMatch(request.headers['if-match']),
  };
}

/** Header values are bytes (RFC 9110, 5.5), which Node shows as Latin-1; people's reasons are UTF-8. */
function reasonOf(header: string | undefined): string | null {
  if (header === undefined || header.trim() === '') return null;
  const text = Buffer.from(header, 'latin1').toString('utf8').trim();
  if (text.length > REASON_LIMIT || text.includes('\ufffd')) {
    throw new KmsError('Validation', `x-claviger-reason must be UTF-8 text of at most ${REASON_LIMIT} characters.`, {
      argument: 'x-claviger-reason',
    });
  }
  return text;
}

function idempotency(request: CallRequest): Pick<CallContext, 'idempotencyKey' | 'requestHash'> {
  const key = single(request.headers['idempotency-key']);
  if (key === undefined) return { idempotencyKey: null, requestHash: null };
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new KmsError('Validation', 'Idempotency-Key must be 1 to 255 visible ASCII characters.', {
      argument: 'Idempotency-Key',
    });
  }
  return {
    idempotencyKey: key,
    requestHash: sha256Hex(`${request.method}\n${request.url}\n${canonicalBody(request.body)}`),
  };
}

function canonicalBody(body: unknown): string {
  if (body === undefined || body === null || body instanceof UnreadableBody) return 'null';
  try {
    // It came through a JSON parser; canonicalJson refuses whatever else it may be.
    return canonicalJson(body as Json);
  } catch {
    throw new KmsError('Validation', 'The body must be JSON without lone surrogates, nested at most 512 deep.', {
      argument: 'body',
    });
  }
}
