import { incomplete, invalid, missingToken, type SigV4Error } from './errors.js';

/** The Authorization header's parts. `signedHeaders` is the list as signed: lower case, ascending, without repetition. */
export interface Authorization {
  readonly accessKeyId: string;
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  /** date/region/service/terminator, as it enters the string to sign */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hexadecimal digits */
  readonly signature: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: SigV4Error };

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Far above what any client sends (an ordinary header has about 300 characters). */
const MAX_AUTHORIZATION = 4096;
const SIGNATURE = /^[0-9a-f]{64}$/;
const ACCESS_KEY_ID = /^\w{1,128}$/;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** A client's header differs from call to call in the signature alone, which stands at its end: what is before need be read once. */
const seenStarts = new Map<string, Authorization>();
const MAX_SEEN_STARTS = 256;
const SIGNATURE_LENGTH = 64;
const SIGNATURE_LAST = 'Signature=';

/** Parses `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`; parts in any order, space after commas optional. */
export function parseAuthorization(header: string | undefined): Parsed<Authorization> {
  if (header === undefined || header === '') {
    return { ok: false, error: missingToken };
  }
  if (header.length > MAX_AUTHORIZATION) {
    return fail(`Authorization header is longer than ${MAX_AUTHORIZATION} characters.`);
  }
  const start = header.slice(0, -SIGNATURE_LENGTH);
  const seen = seenStarts.get(start);
  if (seen !== undefined) {
    const signature = header.slice(-SIGNATURE_LENGTH);
    if (SIGNATURE.test(signature)) {
      return { ok: true, value: { ...seen, signature } };
    }
  }
  const parsed = parseWhole(header);
  if (parsed.ok && start.endsWith(SIGNATURE_LAST) && header.endsWith(parsed.value.signature)) {
    if (seenStarts.size >= MAX_SEEN_STARTS) {
      seenStarts.clear();
    }
    seenStarts.set(start, parsed.value);
  }
  return parsed;
}

function parseWhole(header: string): Parsed<Authorization> {
  if (!header.startsWith(`${ALGORITHM} `)) {
    return fail(`Authorization header must begin with '${ALGORITHM}'.`);
  }
  const parts: { Credential?: string; SignedHeaders?: string; Signature?: string } = {};
  for (const part of header.slice(ALGORITHM.length + 1).split(',')) {
    const text = part.trim();
    const equals = text.indexOf('=');
    const name = text.slice(0, Math.max(equals, 0));
    if (name !== 'Credential' && name !== 'SignedHeaders' && name !== 'Signature') {
      return fail('Authorization header may have the parameters Credential, SignedHeaders and Signature only.');
    }
    if (parts[name] !== undefined) {
      return fail(`Authorization header has the parameter '${name}' more than once.`);
    }
    parts[name] = text.slice(equals + 1);
  }
  const { Credential: credential, SignedHeaders: headers, Signature: signature } = parts;
  if (!credential || !headers || !signature) {
    const missing = [
      credential ? '' : "Authorization header requires 'Credential' parameter.",
      signature ? '' : "Authorization header requires 'Signature' parameter.",
      headers ? '' : "Authorization header requires 'SignedHeaders' parameter.",
    ];
    return fail(missing.filter((text) => text !== '').join(' '));
  }
  return assemble(credential, headers, signature);
}

function assemble(credential: string, headers: string, signature: string): Parsed<Authorization> {
  const elements = credential.split('/');
  const [accessKeyId, date, region, service, terminator] = elements;
  if (
    elements.length !== 5 ||
    accessKeyId === undefined ||
    date === undefined ||
    region === undefined ||
    service === undefined ||
    terminator === undefined
  ) {
    return fail('Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.');
  }
  if (!ACCESS_KEY_ID.test(accessKeyId)) {
    return fail('The access key id in Credential must be 1 to 128 letters, digits or underscores.');
  }
  const signedHeaders = parseSignedHeaders(headers);
  if (signedHeaders === undefined) {
    return fail('SignedHeaders must be lower-case header names, sorted, separated by semicolons, each once.');
  }
  if (!SIGNATURE.test(signature)) {
    // What is not even a signature cannot be the right one.
    return { ok: false, error: invalid('Signature must be 64 lower-case hexadecimal digits.') };
  }
  const scope = `${date}/${region}/${service}/${terminator}`;
  return { ok: true, value: { accessKeyId, date, region, service, terminator, scope, signedHeaders, signature } };
}

function parseSignedHeaders(text: string): readonly string[] | undefined {
  const names = text.split(';');
  let previous = '';
  for (const name of names) {
    if (name <= previous || !HEADER_NAME.test(name)) {
      return undefined;
    }
    previous = name;
  }
  return names;
}

const AMZ_DATE = /^\d{8}T\d{6}Z$/;

/** Milliseconds since the epoch of `YYYYMMDDTHHMMSSZ`, undefined if it is not that form or not a real time. */
export function parseAmzDate(text: string): number | undefined {
  if (!AMZ_DATE.test(text)) {
    return undefined;
  }
  const month = Number(text.slice(4, 6)) - 1;
  const [hour, minute, second] = [Number(text.slice(9, 11)), Number(text.slice(11, 13)), Number(text.slice(13, 15))];
  const at = new Date(Date.UTC(Number(text.slice(0, 4)), month, Number(text.slice(6, 8)), hour, minute, second));
  // Date carries over what does not exist; a month or day that does not exist ends in another month.
  const real = at.getUTCMonth() === month && hour < 24 && minute < 60 && second < 60;
  return real ? at.getTime() : undefined;
}

/** The inverse of `parseAmzDate`. */
export function formatAmzDate(at: number): string {
  return `${new Date(at).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
}

function fail(message: string): { readonly ok: false; readonly error: SigV4Error } {
  return { ok: false, error: incomplete(message) };
}
