import { hash } from 'node:crypto';
import type { HeaderIndex } from './headers.js';

/** The parts of a request that a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** As it came, still encoded, without the query. */
  readonly path: string;
  /** As it came, without the question mark; empty if there is none. */
  readonly query: string;
}

/**
 * The canonical request of Signature Version 4 over exactly the headers named; undefined if one of them is not there or
 * the query cannot be decoded.
 */
export function canonicalRequest(
  request: SignedRequest,
  headers: HeaderIndex,
  signedHeaders: readonly string[],
  payloadHash: string,
): string | undefined {
  const query = request.query === '' ? '' : canonicalQuery(request.query);
  if (query === undefined) {
    return undefined;
  }
  let text = `${request.method}\n${canonicalPath(request.path)}\n${query}\n`;
  for (const name of signedHeaders) {
    const value = headers.values.get(name);
    if (value === undefined) {
      return undefined;
    }
    text += `${name}:${canonicalValue(value)}\n`;
  }
  return `${text}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

/** The text whose HMAC is the signature. */
export function stringToSign(amzDate: string, scope: string, canonical: string): string {
  return `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
}

/** Trims, and makes one space of every run of white space. Two searches are cheaper than an expression on every value. */
function canonicalValue(value: string): string {
  const single = value.includes('  ') || value.includes('\t') ? value.replaceAll(/\s+/g, ' ') : value;
  return single.trim();
}

/** Removes dot segments (RFC 3986 section 5.2.4) and encodes each segment of the encoded path once more. */
function canonicalPath(path: string): string {
  if (path === '/' || path === '') {
    return '/';
  }
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') {
      segments.pop();
    } else if (segment !== '' && segment !== '.') {
      segments.push(encode(segment.toWellFormed()));
    }
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${end}`;
}

/** Names and values decoded and encoded again, sorted by name, then value, in code-unit order. */
function canonicalQuery(query: string): string | undefined {
  const pairs: [string, string][] = [];
  for (const part of query.split('&')) {
    if (part === '') {
      continue;
    }
    const equals = part.indexOf('=');
    const name = recode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : recode(part.slice(equals + 1));
    if (name === undefined || value === undefined) {
      return undefined;
    }
    pairs.push([name, value]);
  }
  pairs.sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function recode(text: string): string | undefined {
  try {
    return encode(decodeURIComponent(text));
  } catch {
    return undefined;
  }
}

/** RFC 3986 section 2.3: everything but unreserved characters is encoded; the built-in leaves five too many. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
