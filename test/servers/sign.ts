import { createHash, createHmac, randomUUID } from 'node:crypto';

/** What a signed call needs to know of its server. */
export interface Target {
  /** `http://127.0.0.1:7070` */
  readonly url: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface SignedRequest {
  /** `/` where it is absent. */
  readonly path?: string;
  /** Lower-case names, in the order in which they are sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SignOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Headers beside the usual ones; signed unless named in `unsigned`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly unsigned?: readonly string[];
  /** Of the credential scope. */
  readonly region?: string;
  readonly service?: string;
  /** Date of the credential scope, `20260131`; default: that of `now`. */
  readonly scopeDate?: string;
  readonly invocationId?: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** `20260131T235959Z` */
export const amzDate = (now: number): string => new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');

/**
 * A call of `operation` as the JavaScript SDK of AWS sends it: the same headers, signed with Signature Version 4 (AWS General Reference,
 * "Signature Version 4 signing process"). Written apart from the service's own verifier.
 */
export function signCall(target: Target, operation: string, body: string, options: SignOptions): SignedRequest {
  const at = amzDate(options.now);
  const date = options.scopeDate ?? at.slice(0, 8);
  const { region = target.region, service = 'kms', unsigned = ['connection', 'user-agent'] } = options;
  const headers: Record<string, string> = {
    host: new URL(target.url).host,
    'content-type': 'application/x-amz-json-1.1',
    'content-length': String(Buffer.byteLength(body)),
    'x-amz-target': `TrentService.${operation}`,
    'x-amz-user-agent': 'aws-sdk-js/3.1164.0',
    'amz-sdk-invocation-id': options.invocationId ?? randomUUID(),
    'amz-sdk-request': 'attempt=1; max=3',
    'x-amz-date': at,
    'x-amz-content-sha256': sha256(body),
    ...options.headers,
  };
  const names = Object.keys(headers)
    .filter((name) => !unsigned.includes(name))
    .sort();
  const lines = names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`).join('');
  const canonical = `POST\n/\n\n${lines}\n${names.join(';')}\n${sha256(body)}`;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`;
  const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${target.credentials.secretAccessKey}`, date));
  const credential = `${target.credentials.accessKeyId}/${scope}`;
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${hmac(key, toSign).toString('hex')}`;
  return { headers, body };
}

/** The bytes of the whole HTTP/1.1 request. */
export function rawRequest({ path = '/', headers, body }: SignedRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
