import fc from 'fast-check';
import { formatAmzDate, parseAmzDate, parseAuthorization } from './parse.js';

const SIGNATURE = '0'.repeat(64);
const build = (over: { credential?: string; headers?: string; signature?: string } = {}): string =>
  `AWS4-HMAC-SHA256 Credential=${over.credential ?? 'AKIA/20261124/us-east-1/kms/aws4_request'}, ` +
  `SignedHeaders=${over.headers ?? 'host;x-amz-date'}, Signature=${over.signature ?? SIGNATURE}`;
const said = (header: string | undefined): string => {
  const parsed = parseAuthorization(header);
  return parsed.ok ? 'ok' : `${parsed.error.type}: ${parsed.error.message}`;
};

describe('parseAuthorization', () => {
  it('takes the header apart', () => {
    expect(parseAuthorization(build())).toEqual({
      ok: true,
      value: {
        accessKeyId: 'AKIA',
        date: '20261124',
        region: 'us-east-1',
        service: 'kms',
        terminator: 'aws4_request',
        scope: '20261124/us-east-1/kms/aws4_request',
        signedHeaders: ['host', 'x-amz-date'],
        signature: SIGNATURE,
      },
    });
  });

  it('says Missing Authentication Token when there is no header', () => {
    expect(said(undefined)).toBe('MissingAuthenticationTokenException: Missing Authentication Token');
    expect(said('')).toBe('MissingAuthenticationTokenException: Missing Authentication Token');
  });

  it('names every part that is missing', () => {
    expect(said('AWS4-HMAC-SHA256 Credential=a')).toBe(
      "IncompleteSignatureException: Authorization header requires 'Signature' parameter. " +
        "Authorization header requires 'SignedHeaders' parameter.",
    );
  });

  it.each([
    ['another algorithm', build().replace('SHA256', 'SHA1')],
    ['the asymmetric algorithm', build().replace('AWS4-HMAC', 'AWS4-ECDSA-P256')],
    ['a bearer token', 'Bearer abc'],
    ['a part twice', `${build()}, Signature=${SIGNATURE}`],
    ['an unknown part', `${build()}, Extra=1`],
    ['a part named __proto__', `${build()}, __proto__=1`],
    ['a comma at the end', `${build()},`],
    ['too few elements in Credential', build({ credential: 'AKIA/20261124/us-east-1/kms' })],
    ['too many elements in Credential', build({ credential: 'AKIA/20261124/us-east-1/kms/aws4_request/x' })],
    ['an access key id with bad characters', build({ credential: 'AK IA/20261124/us-east-1/kms/aws4_request' })],
    ['unsorted signed headers', build({ headers: 'x-amz-date;host' })],
    ['a signed header twice', build({ headers: 'host;host' })],
    ['a signed header in upper case', build({ headers: 'Host' })],
    ['an empty signed header', build({ headers: 'host;' })],
    ['a very long header', build({ headers: 'host;'.repeat(2000) })],
  ])('refuses %s as incomplete', (_, header) => {
    expect(said(header)).toMatch(/^IncompleteSignatureException: /);
  });

  it('reads the signature anew, and judges it, where all before it was seen already', () => {
    const [first, second] = ['a', 'b'].map((digit) => build({ signature: digit.repeat(64) }));
    expect(parseAuthorization(first)).toMatchObject({
      ok: true,
      value: { signature: 'a'.repeat(64), region: 'us-east-1' },
    });
    expect(parseAuthorization(second)).toMatchObject({
      ok: true,
      value: { signature: 'b'.repeat(64), region: 'us-east-1' },
    });
    expect(said(build({ signature: 'G'.repeat(64) }))).toMatch(/^InvalidSignatureException: /);
    expect(said(build({ signature: 'a'.repeat(63) }))).toMatch(/^InvalidSignatureException: /);
  });

  it('takes any text without throwing', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => typeof parseAuthorization(text).ok === 'boolean'));
  });
});

describe('parseAmzDate', () => {
  it('inverts formatAmzDate for every second of four-digit years', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 253_402_300_799 }),
        (second) => parseAmzDate(formatAmzDate(second * 1000)) === second * 1000,
      ),
    );
  });

  it('knows leap days and refuses days that do not exist', () => {
    expect(parseAmzDate('20280229T000000Z')).toBe(Date.UTC(2028, 1, 29));
    expect(parseAmzDate('20270229T000000Z')).toBeUndefined();
    for (const text of ['20261324T041209Z', '20260024T041209Z', '20261100T041209Z', '20261131T041209Z']) {
      expect(parseAmzDate(text)).toBeUndefined();
    }
    for (const text of ['20261124T241209Z', '20261124T046009Z', '20261124T041260Z']) {
      expect(parseAmzDate(text)).toBeUndefined();
    }
  });
});
