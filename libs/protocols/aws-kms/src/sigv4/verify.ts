import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { canonicalRequest, type SignedRequest, stringToSign } from './canonical.js';
import { incomplete, invalid, type SigV4Error, signatureMismatch, unrecognizedClient } from './errors.js';
import { checkRepeated, checkSigned, indexHeaders } from './headers.js';
import { type Authorization, formatAmzDate, parseAmzDate, parseAuthorization } from './parse.js';

export interface SigV4Request extends SignedRequest {
  /** As they came: name, value, name, value … (Node's `rawHeaders`). */
  readonly rawHeaders: readonly string[];
  /** The raw bytes. */
  readonly body: Uint8Array;
}

/** What an access key stands for. */
export interface SigningCredential<Principal> {
  readonly principal: Principal;
  /** Asked for only after date, Region and service of the scope were found good; expected to be cached. */
  signingKey(date: string, region: string): KeyObject;
}

export interface SigV4Deps<Principal> {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly regions: readonly string[];
  readonly service: string;
  lookup(accessKeyId: string): SigningCredential<Principal> | undefined;
}

export type SigV4Result<Principal> =
  | {
      readonly ok: true;
      readonly principal: Principal;
      readonly accessKeyId: string;
      readonly region: string;
      /** SHA-256 of the body, lower-case hexadecimal. */
      readonly payloadHash: string;
      /** The signed X-Amz-Target, undefined if there was none. */
      readonly target: string | undefined;
      readonly invocationId: string | undefined;
      readonly invocationIdSigned: boolean;
    }
  | { readonly ok: false; readonly error: SigV4Error; readonly accessKeyId: string | undefined };

const MAX_SKEW_MINUTES = 5;
const TERMINATOR = 'aws4_request';
/** Stands in for the key of an unknown access key, so that refusing it takes as long as refusing a wrong signature. */
const nobodysKey = createSecretKey(new Uint8Array(32));

/**
 * Verifies a request signed with Signature Version 4 in its headers, the only form that KMS clients use: presigned
 * URLs, chunked bodies, session tokens and the asymmetric variant are refused. Never throws.
 */
export function verifySigV4<Principal>(request: SigV4Request, deps: SigV4Deps<Principal>): SigV4Result<Principal> {
  // 1. The header's form.
  const headers = indexHeaders(request.rawHeaders);
  const parsed = parseAuthorization(headers.values.get('authorization'));
  if (!parsed.ok) {
    return { ok: false, error: parsed.error, accessKeyId: undefined };
  }
  const authorization = parsed.value;
  const { accessKeyId, signedHeaders } = authorization;
  const refuse = (error: SigV4Error): SigV4Result<Principal> => ({ ok: false, error, accessKeyId });

  // 2. Which headers are there, once, and signed.
  const headerError = checkRepeated(headers, signedHeaders) ?? checkSigned(headers, signedHeaders);
  if (headerError !== undefined) {
    return refuse(headerError);
  }
  if (headers.values.has('x-amz-security-token')) {
    return refuse(unrecognizedClient);
  }

  // 3. Time and scope.
  const amzDate = headers.values.get('x-amz-date');
  if (amzDate === undefined) {
    return refuse(incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."));
  }
  const scopeError = checkDate(amzDate, authorization.date, deps.now) ?? checkScope(authorization, deps);
  if (scopeError !== undefined) {
    return refuse(scopeError);
  }

  // 4. The body's hash; a client that states one must state the right one.
  const payloadHash = hash('sha256', request.body, 'hex');
  const statedHash = headers.values.get('x-amz-content-sha256');
  if (statedHash !== undefined && statedHash !== payloadHash) {
    return refuse(invalid("The value of the header 'x-amz-content-sha256' is not the SHA-256 of the body."));
  }

  // 5. The signature. An unknown access key is refused only after the same work.
  const canonical = canonicalRequest(request, headers, signedHeaders, payloadHash);
  if (canonical === undefined) {
    return refuse(signatureMismatch);
  }
  const credential = deps.lookup(accessKeyId);
  const key = credential?.signingKey(authorization.date, authorization.region) ?? nobodysKey;
  const expected = createHmac('sha256', key)
    .update(stringToSign(amzDate, authorization.scope, canonical))
    .digest();
  const matches = timingSafeEqual(expected, Buffer.from(authorization.signature, 'hex'));
  if (credential === undefined) {
    return refuse(unrecognizedClient);
  }
  if (!matches) {
    return refuse(signatureMismatch);
  }
  return {
    ok: true,
    principal: credential.principal,
    accessKeyId,
    region: authorization.region,
    payloadHash,
    target: headers.values.get('x-amz-target'),
    invocationId: headers.values.get('amz-sdk-invocation-id'),
    invocationIdSigned: signedHeaders.includes('amz-sdk-invocation-id'),
  };
}

function checkDate(amzDate: string, scopeDate: string, now: number): SigV4Error | undefined {
  const at = parseAmzDate(amzDate);
  if (at === undefined) {
    return incomplete("Date must be in ISO-8601 'basic format', as in 20261124T041209Z.");
  }
  if (amzDate.slice(0, 8) !== scopeDate) {
    return invalid(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${scopeDate}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
    );
  }
  const skew = MAX_SKEW_MINUTES * 60_000;
  if (at < now - skew) {
    const earliest = formatAmzDate(now - skew);
    return invalid(
      `Signature expired: ${amzDate} is now earlier than ${earliest} (${formatAmzDate(now)} - ${MAX_SKEW_MINUTES} min.)`,
    );
  }
  if (at > now + skew) {
    const latest = formatAmzDate(now + skew);
    return invalid(
      `Signature not yet current: ${amzDate} is still later than ${latest} (${formatAmzDate(now)} + ${MAX_SKEW_MINUTES} min.)`,
    );
  }
  return undefined;
}

function checkScope(
  authorization: Authorization,
  deps: { readonly service: string; readonly regions: readonly string[] },
): SigV4Error | undefined {
  if (authorization.terminator !== TERMINATOR) {
    return invalid(`Credential should be scoped with a valid terminator: '${TERMINATOR}'.`);
  }
  if (authorization.service !== deps.service) {
    return invalid(`Credential should be scoped to correct service: '${deps.service}'.`);
  }
  if (!deps.regions.includes(authorization.region)) {
    return invalid('Credential should be scoped to a valid region.');
  }
  return undefined;
}
