import { incomplete, invalid, type SigV4Error } from './errors.js';

/** Headers by lower-case name; of a header that occurs more than once only the first value, and its name in `repeated`. */
export interface HeaderIndex {
  readonly values: ReadonlyMap<string, string>;
  readonly repeated: ReadonlySet<string>;
}

const nothingRepeated: ReadonlySet<string> = new Set();

/** Headers whose doubling is refused even where they are not signed: two readers could take different ones. */
const SINGULAR: readonly string[] = [
  'authorization',
  'host',
  'x-amz-date',
  'x-amz-target',
  'content-type',
  'content-length',
  'x-amz-content-sha256',
  'x-amz-security-token',
  'amz-sdk-invocation-id',
];

/** Indexes the headers as they came: Node's `rawHeaders`, name and value in turn. */
export function indexHeaders(rawHeaders: readonly string[]): HeaderIndex {
  const values = new Map<string, string>();
  let repeated: Set<string> | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (values.has(name)) {
      repeated ??= new Set();
      repeated.add(name);
    } else {
      values.set(name, rawHeaders[at + 1] ?? '');
    }
  }
  return { values, repeated: repeated ?? nothingRepeated };
}

/** Refuses a header that occurs more than once and is signed or decides something. */
export function checkRepeated(headers: HeaderIndex, signed: readonly string[]): SigV4Error | undefined {
  if (headers.repeated.size === 0) {
    return undefined;
  }
  if (headers.repeated.has('authorization')) {
    return incomplete("The request contains the header 'authorization' more than once.");
  }
  const name = [...SINGULAR, ...signed].find((candidate) => headers.repeated.has(candidate));
  return name === undefined ? undefined : invalid(`The request contains the header '${name}' more than once.`);
}

/**
 * What must be signed: `host`, and every `x-amz-*` header that is there (x-amz-target decides the operation). The
 * `amz-sdk-*` headers of retries and `x-amzn-*` ones of proxies need not be.
 */
export function checkSigned(headers: HeaderIndex, signed: readonly string[]): SigV4Error | undefined {
  if (!signed.includes('host')) {
    return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const name of headers.values.keys()) {
    if (name.startsWith('x-amz-') && !signed.includes(name)) {
      return invalid(`There were headers present in the request which were not signed: ${name}`);
    }
  }
  return undefined;
}
