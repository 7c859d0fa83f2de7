import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { deriveSigningKey } from './signing-key.js';
import { type SigV4Deps, type SigV4Request, type SigV4Result, verifySigV4 } from './verify.js';

// The independent signer is the AWS SDK's own. Everything it signs must verify, and nothing that was changed after.
const ACCESS_KEY = 'AKIACLAVIGERTEST0001';
const SECRET = 'test/secret+with=signs/0123456789abcdef';
const NOW = Date.UTC(2026, 10, 24, 4, 12, 9);

class Sha256 {
  private readonly state;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    const bytes = typeof key === 'string' || key === undefined ? key : Buffer.from(new Uint8Array(key as ArrayBuffer));
    this.state = bytes === undefined ? createHash('sha256') : createHmac('sha256', bytes);
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.state.update(typeof data === 'string' ? data : Buffer.from(data as Uint8Array));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.state.digest()));
  }
}

interface Draft {
  method?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
  at?: number;
  region?: string;
  service?: string;
  secret?: string;
  accessKeyId?: string;
  unsigned?: string[];
  token?: string;
  checksum?: boolean;
}

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

async function signed(draft: Draft = {}): Promise<SigV4Request> {
  const signer = new SignatureV4({
    service: draft.service ?? 'kms',
    region: draft.region ?? 'us-east-1',
    credentials: {
      accessKeyId: draft.accessKeyId ?? ACCESS_KEY,
      secretAccessKey: draft.secret ?? SECRET,
      ...(draft.token === undefined ? {} : { sessionToken: draft.token }),
    },
    sha256: Sha256,
    applyChecksum: draft.checksum ?? true,
  });
  const body = draft.body ?? '{"KeyId":"alias/a","Plaintext":"aGVsbG8="}';
  const query = draft.query ?? {};
  const request = {
    method: draft.method ?? 'POST',
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: 7070,
    path: draft.path ?? '/',
    query,
    headers: {
      host: '127.0.0.1:7070',
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'TrentService.Encrypt',
      ...draft.headers,
    },
    body,
  };
  const result = await signer.sign(request, {
    signingDate: new Date(draft.at ?? NOW),
    ...(draft.unsigned === undefined ? {} : { unsignableHeaders: new Set(draft.unsigned) }),
  });
  const parts = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((item) => `${encode(name)}=${encode(item)}`),
  );
  return {
    method: result.method,
    path: result.path,
    query: parts.join('&'),
    rawHeaders: Object.entries(result.headers).flat(),
    body: Buffer.from(body),
  };
}

const deps = (over: Partial<SigV4Deps<string>> = {}): SigV4Deps<string> => ({
  now: NOW,
  regions: ['us-east-1', 'eu-central-1'],
  service: 'kms',
  lookup: (accessKeyId) =>
    accessKeyId === ACCESS_KEY
      ? {
          principal: 'principal-1',
          signingKey: (date, region) => deriveSigningKey(Buffer.from(SECRET), date, region, 'kms'),
        }
      : undefined,
  ...over,
});

const verify = (request: SigV4Request, over?: Partial<SigV4Deps<string>>): SigV4Result<string> =>
  verifySigV4(request, deps(over));

const outcome = (request: SigV4Request, over?: Partial<SigV4Deps<string>>): string => {
  const result = verify(request, over);
  return result.ok ? 'ok' : `${result.error.type}: ${result.error.message}`;
};

const MISMATCH =
  /^InvalidSignatureException: The request signature we calculated does not match the signature you provided\. Check/;

const header = (request: SigV4Request, name: string): string =>
  request.rawHeaders[request.rawHeaders.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === name) + 1] ?? '';
const withHeader = (request: SigV4Request, name: string, value: string): SigV4Request => {
  const rawHeaders = [...request.rawHeaders];
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  if (at < 0) rawHeaders.push(name, value);
  else rawHeaders[at + 1] = value;
  return { ...request, rawHeaders };
};
const without = (request: SigV4Request, name: string): SigV4Request => ({
  ...request,
  rawHeaders: request.rawHeaders.filter((_, at, all) => all[at - (at % 2)]?.toLowerCase() !== name),
});

describe('verifySigV4', () => {
  it('accepts what the SDK signs, and says who, where and what was signed', async () => {
    const request = await signed({
      headers: { 'amz-sdk-invocation-id': 'abc', 'amz-sdk-request': 'attempt=1; max=3' },
    });
    expect(verify(request)).toEqual({
      ok: true,
      principal: 'principal-1',
      accessKeyId: ACCESS_KEY,
      region: 'us-east-1',
      payloadHash: createHash('sha256').update(request.body).digest('hex'),
      target: 'TrentService.Encrypt',
      invocationId: 'abc',
      invocationIdSigned: true,
    });
    const unsigned = await signed({ headers: { 'amz-sdk-invocation-id': 'abc' }, unsigned: ['amz-sdk-invocation-id'] });
    expect(verify(unsigned)).toMatchObject({ ok: true, invocationId: 'abc', invocationIdSigned: false });
  });

  it('accepts every request that the SDK signs, whatever its body, headers, query, Region or time', async () => {
    const token = fc.string({
      unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789')),
      minLength: 1,
      maxLength: 12,
    });
    const text = fc.string({ unit: fc.constantFrom(...Array.from('aZ09 _-+/=%&;:\'"()*!~,.\t')), maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          body: fc.string({ unit: 'binary', maxLength: 200 }).map((value) => value.toWellFormed()),
          headers: fc.dictionary(
            token.map((name) => `x-amz-${name}`).filter((name) => !/^x-amz-(date|target|security)/.test(name)),
            text,
          ),
          query: fc.dictionary(
            text.filter((name) => name !== ''),
            fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
          ),
          region: fc.constantFrom('us-east-1', 'eu-central-1'),
          skewSeconds: fc.integer({ min: -300, max: 300 }),
          path: fc.constantFrom('/', '/a/b', '/a%20b/', '/a/./b/../c', "/it's(*)!"),
        }),
        async ({ skewSeconds, ...draft }) => {
          const request = await signed({ ...draft, at: NOW + skewSeconds * 1000 });
          expect(outcome(request)).toBe('ok');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses a request of which one byte of body, signed header, path, query or method was changed', async () => {
    const request = await signed({ query: { a: '1', b: '2' } });
    expect(outcome(request)).toBe('ok');
    const changedBody = { ...request, body: Buffer.from(request.body).fill('x', 3, 4) };
    expect(outcome(changedBody)).toMatch(/^InvalidSignatureException: The value of the header 'x-amz-content-sha256'/);
    const unstated = await signed({ checksum: false });
    expect(outcome(unstated)).toBe('ok');
    expect(outcome({ ...unstated, body: Buffer.from('{}') })).toMatch(MISMATCH);
    for (const name of header(request, 'authorization')
      .match(/SignedHeaders=([^,]+)/)?.[1]
      ?.split(';') ?? []) {
      const changed = name === 'x-amz-date' ? '20261124T041210Z' : `${header(request, name)}x`;
      if (name !== 'x-amz-content-sha256') {
        expect(outcome(withHeader(request, name, changed))).toMatch(MISMATCH);
        expect(outcome(without(request, name))).toMatch(name === 'x-amz-date' ? /^IncompleteSignature/ : MISMATCH);
      }
    }
    expect(outcome({ ...request, path: '/other' })).toMatch(MISMATCH);
    expect(outcome({ ...request, query: 'a=1&b=3' })).toMatch(MISMATCH);
    expect(outcome({ ...request, query: 'b=2&a=1' })).toBe('ok');
    expect(outcome({ ...request, query: 'a=%' })).toMatch(MISMATCH);
    expect(outcome({ ...request, method: 'PUT' })).toMatch(MISMATCH);
  });

  it('refuses every signature but the right one', async () => {
    const request = await signed();
    const authorization = header(request, 'authorization');
    const signature = authorization.slice(-64);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 63 }), fc.constantFrom(...Array.from('0123456789abcdef')), (at, digit) => {
        const changed = signature.slice(0, at) + digit + signature.slice(at + 1);
        const result = outcome(withHeader(request, 'authorization', authorization.replace(signature, changed)));
        return changed === signature ? result === 'ok' : MISMATCH.test(result);
      }),
    );
    const bad = (text: string): string =>
      outcome(withHeader(request, 'authorization', authorization.replace(signature, text)));
    expect(bad(signature.toUpperCase())).toMatch(/^InvalidSignatureException: Signature must be 64/);
    expect(bad(signature.slice(1))).toMatch(/^InvalidSignatureException: Signature must be 64/);
    expect(bad(`${signature}0`)).toMatch(/^InvalidSignatureException: Signature must be 64/);
    expect(bad('')).toMatch(/^IncompleteSignatureException: Authorization header requires 'Signature' parameter\.$/);
    expect(outcome(await signed({ secret: 'another' }))).toMatch(MISMATCH);
  });

  it('refuses an unknown access key as unrecognized, even with a signature under the stand-in key', async () => {
    expect(outcome(await signed({ accessKeyId: 'AKIAUNKNOWN' }))).toBe(
      'UnrecognizedClientException: The security token included in the request is invalid.',
    );
    const request = await signed();
    const zero = {
      principal: 'x',
      signingKey: () => deriveSigningKey(Buffer.from('y'), '20261124', 'us-east-1', 'kms'),
    };
    expect(outcome(request, { lookup: () => zero })).toMatch(MISMATCH);
  });

  it('refuses session tokens, which nobody was given here', async () => {
    expect(outcome(await signed({ token: 'token' }))).toMatch(/^UnrecognizedClientException/);
  });

  it('allows five minutes of skew, and names the bound beyond', async () => {
    const at = async (milliseconds: number): Promise<string> => outcome(await signed({ at: NOW + milliseconds }));
    expect(await at(-300_000)).toBe('ok');
    expect(await at(300_000)).toBe('ok');
    expect(await at(-301_000)).toBe(
      'InvalidSignatureException: Signature expired: 20261124T040708Z is now earlier than 20261124T040709Z (20261124T041209Z - 5 min.)',
    );
    expect(await at(301_000)).toBe(
      'InvalidSignatureException: Signature not yet current: 20261124T041710Z is still later than 20261124T041709Z (20261124T041209Z + 5 min.)',
    );
  });

  it('refuses a scope of another day, Region, service or terminator', async () => {
    expect(outcome(await signed({ region: 'us-west-2' }))).toBe(
      'InvalidSignatureException: Credential should be scoped to a valid region.',
    );
    expect(outcome(await signed({ service: 's3' }))).toMatch(
      /Credential should be scoped to correct service: 'kms'\.$/,
    );
    const request = await signed();
    const scoped = (from: string, to: string): string =>
      outcome(withHeader(request, 'authorization', header(request, 'authorization').replace(from, to)));
    expect(scoped('/20261124/', '/20261123/')).toMatch(
      /^InvalidSignatureException: Date in Credential scope does not match .* '20261123' != '20261124', from '20261124T041209Z'\.$/,
    );
    expect(scoped('aws4_request', 'aws5_request')).toMatch(/valid terminator: 'aws4_request'\.$/);
    expect(scoped('/us-east-1/', '/eu-central-1/')).toMatch(MISMATCH);
    expect(scoped('/us-east-1/', '/us-east-1/x/')).toMatch(
      /^IncompleteSignatureException: Credential must have exactly 5/,
    );
  });

  it('refuses dates that are not the basic form or not a real time', async () => {
    const request = await signed();
    for (const date of [
      '20261124T041209',
      '2026-11-24T04:12:09Z',
      '20261131T041209Z',
      '20261124T241209Z',
      '',
      'x'.repeat(9999),
    ]) {
      expect(outcome(withHeader(request, 'x-amz-date', date))).toMatch(/^IncompleteSignatureException: Date must be/);
    }
  });

  it('refuses headers that occur twice and are signed or decide something, in any case and order', async () => {
    const request = await signed({ headers: { 'amz-sdk-invocation-id': 'abc', 'x-amz-extra': 'e' } });
    for (const name of [
      'host',
      'X-Amz-Date',
      'X-AMZ-TARGET',
      'Content-Type',
      'X-Amz-Content-Sha256',
      'x-amz-extra',
      'amz-sdk-invocation-id',
    ]) {
      const value = header(request, name.toLowerCase());
      const doubled = { ...request, rawHeaders: [...request.rawHeaders, name, value] };
      const before = { ...request, rawHeaders: [name, value, ...request.rawHeaders] };
      for (const each of [doubled, before]) {
        expect(outcome(each)).toBe(
          `InvalidSignatureException: The request contains the header '${name.toLowerCase()}' more than once.`,
        );
      }
    }
    const twice = {
      ...request,
      rawHeaders: [...request.rawHeaders, 'Authorization', header(request, 'authorization')],
    };
    expect(outcome(twice)).toMatch(
      /^IncompleteSignatureException: The request contains the header 'authorization' more/,
    );
    const replayed = await signed({ headers: { 'amz-sdk-invocation-id': 'abc' }, unsigned: ['amz-sdk-invocation-id'] });
    const second = { ...replayed, rawHeaders: [...replayed.rawHeaders, 'Amz-Sdk-Invocation-Id', 'other'] };
    expect(outcome(second)).toMatch(/the header 'amz-sdk-invocation-id' more than once\.$/);
    const harmless = { ...request, rawHeaders: [...request.rawHeaders, 'Via', 'a', 'via', 'b'] };
    expect(outcome(harmless)).toBe('ok');
  });

  it('refuses x-amz headers, the target first, that are there and not signed', async () => {
    for (const name of ['x-amz-target', 'x-amz-date', 'x-amz-content-sha256']) {
      const request = await signed({ unsigned: [name] });
      expect(outcome(request)).toBe(
        `InvalidSignatureException: There were headers present in the request which were not signed: ${name}`,
      );
    }
    const added = withHeader(await signed(), 'X-Amz-Security-Token', 'added');
    expect(outcome(added)).toMatch(/not signed: x-amz-security-token$/);
    expect(outcome(await signed({ unsigned: ['host'] }))).toMatch(/'Host' or ':authority' must be a 'SignedHeader'/);
    expect(outcome(withHeader(await signed(), 'x-amzn-trace-id', 'Root=1'))).toBe('ok');
  });

  it('refuses a stated body hash that is not the body’s, UNSIGNED-PAYLOAD too, although signed', async () => {
    for (const stated of ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'a'.repeat(64)]) {
      const request = await signed({ headers: { 'x-amz-content-sha256': stated }, checksum: false });
      expect(outcome(request)).toMatch(/^InvalidSignatureException: The value of the header 'x-amz-content-sha256'/);
    }
  });

  it('answers the same to the same request again and again (section 10: 100 identical requests)', async () => {
    const request = await signed();
    expect(new Set(Array.from({ length: 100 }, () => outcome(request)))).toEqual(new Set(['ok']));
  });

  it('takes parts in another order and without spaces after commas', async () => {
    const request = await signed();
    const [, credential, headers, signature] =
      /^AWS4-HMAC-SHA256 (Credential=\S+), (SignedHeaders=\S+), (Signature=\S+)$/.exec(
        header(request, 'authorization'),
      ) ?? [];
    expect(
      outcome(withHeader(request, 'authorization', `AWS4-HMAC-SHA256 ${credential},${headers},${signature}`)),
    ).toBe('ok');
    expect(
      outcome(withHeader(request, 'authorization', `AWS4-HMAC-SHA256 ${signature},  ${headers}, ${credential}`)),
    ).toBe('ok');
  });

  it('never throws, whatever the headers are', () => {
    const name = fc.constantFrom(
      'Authorization',
      'Host',
      'X-Amz-Date',
      'x-amz-target',
      'x-amz-content-sha256',
      'via',
      '',
    );
    const part = fc.oneof(
      fc.constantFrom(
        'AWS4-HMAC-SHA256 ',
        'Credential=',
        'SignedHeaders=',
        'Signature=',
        ', ',
        '/',
        ';',
        'host',
        'kms',
        '20261124',
        '=',
        'a/b/c/d/e',
      ),
      fc.string({ maxLength: 10 }),
    );
    const value = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), fc.string(), fc.string(), (pairs, path, query) => {
        const result = verify({ method: 'POST', path, query, rawHeaders: pairs.flat(), body: new Uint8Array() });
        return !result.ok;
      }),
      { numRuns: 3000 },
    );
  });
});
