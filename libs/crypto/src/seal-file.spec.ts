import { hkdfSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson, type Json } from './canonical-json.js';
import { rootKeyId } from './root-ring.js';
import { encodeSealFile, openSealFile, parseSealFile, type SealFile } from './seal-file.js';
import type { SealFileHeader, SealUnlock, SharesUnlock } from './seal-file-header.js';
import { SecretBytes } from './secret-bytes.js';
import { openXChaCha } from './xchacha.js';

/** Never to be changed: files like it are out in the world. */
const GOLDEN = `{"format":"claviger-seal","ring":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHCViTRY7dqC4dISEva7rIa8g4bCFi5tcFzvnFa/ncQUQbbMqIw2FpbSxhBi1Ne/wx","root":"44cd77625609a5de","rotation":null,"unlock":{"kdf":"argon2id","kind":"passphrase","memory":65536,"parallelism":4,"passes":3,"salt":"BQUFBQUFBQUFBQUFBQUFBQ=="},"version":1}\n`;

const bytesOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const secret = (fill: number): SecretBytes => SecretBytes.take(bytesOf(fill));

const passphrase: SealUnlock = {
  kind: 'passphrase',
  kdf: 'argon2id',
  memory: 65536,
  passes: 3,
  parallelism: 4,
  salt: Buffer.alloc(16, 5).toString('base64'),
};
const shares: SharesUnlock = {
  kind: 'shares',
  set: '0123abcd',
  threshold: 2,
  commitments: [21, 22, 23].map((fill) => Buffer.alloc(32, fill).toString('base64')),
};
const token: SealUnlock = {
  kind: 'pkcs11',
  token: 'claviger',
  reference: '00000000-0000-8000-8000-0000000000ab',
  wrapped: Buffer.alloc(60, 7).toString('base64'),
};
const single: SealFileHeader = {
  format: 'claviger-seal',
  version: 1,
  root: rootKeyId(bytesOf(1)),
  rotation: null,
  unlock: passphrase,
};
const double: SealFileHeader = {
  ...single,
  root: rootKeyId(bytesOf(2)),
  rotation: { from: rootKeyId(bytesOf(1)), startedAt: 1_700_000_000_000 },
  unlock: shares,
};
const encodeSingle = (): Uint8Array => encodeSealFile(single, { current: secret(1) }, secret(9), randomBytes);
const encodeDouble = (): Uint8Array =>
  encodeSealFile(double, { current: secret(2), previous: secret(1) }, secret(9), randomBytes);

function parsed(bytes: Uint8Array): SealFile {
  const file = parseSealFile(bytes);
  if (!('header' in file)) throw new Error(`${file.expected}, ${file.found}`);
  return file;
}

const membersOf = (text: string): Record<string, Json> => JSON.parse(text) as Record<string, Json>;

describe('seal file', () => {
  it('gives back what was put in, one root key or two', () => {
    const one = parsed(encodeSingle());
    expect(one.header).toEqual(single);
    expect(openSealFile(one, secret(9))?.current.equals(bytesOf(1))).toBe(true);
    expect(openSealFile(one, secret(9))?.previous).toBeUndefined();
    const two = parsed(encodeDouble());
    expect(two.header).toEqual(double);
    expect(openSealFile(two, secret(9))?.current.equals(bytesOf(2))).toBe(true);
    expect(openSealFile(two, secret(9))?.previous?.equals(bytesOf(1))).toBe(true);
  });

  it('is one line of canonical JSON, sealed in the documented form', () => {
    const text = Buffer.from(encodeDouble()).toString();
    const { ring = '', ...header } = membersOf(text);
    expect(text).toBe(`${canonicalJson({ ...header, ring })}\n`);
    const aad = Buffer.from(`claviger seal file v1\n${canonicalJson(header)}`);
    const opened = openXChaCha(bytesOf(9), Buffer.from(typeof ring === 'string' ? ring : '', 'base64'), aad);
    expect(Buffer.from(opened ?? [])).toEqual(Buffer.concat([bytesOf(2), bytesOf(1)]));
  });

  it('is read and written as the file of version 1 that is kept here', () => {
    const nonce = Buffer.alloc(24, 7);
    const golden = encodeSealFile(single, { current: secret(1) }, secret(9), () => nonce);
    expect(Buffer.from(golden).toString()).toBe(GOLDEN);
    expect(openSealFile(parsed(Buffer.from(GOLDEN)), secret(9))?.current.equals(bytesOf(1))).toBe(true);
  });

  it('does not open under another key', () => {
    expect(openSealFile(parsed(encodeSingle()), secret(8))).toBeUndefined();
  });

  it('names the token whose key opens it', () => {
    const header = { ...single, unlock: token };
    const bytes = encodeSealFile(header, { current: secret(1) }, secret(9), randomBytes);
    expect(parsed(bytes).header).toEqual(header);
  });

  it('shows no root key and no unlock key', () => {
    const text = Buffer.from(encodeDouble()).toString('latin1');
    for (const fill of [1, 2, 9]) {
      expect(text).not.toContain(Buffer.from(bytesOf(fill)).toString('base64').slice(0, 20));
      expect(text).not.toContain(Buffer.from(bytesOf(fill)).toString('hex').slice(0, 20));
    }
  });

  it('does not open when anything in it was changed to another sound value', () => {
    const written = membersOf(Buffer.from(encodeDouble()).toString());
    const { rotation } = double;
    const changes: Record<string, Json>[] = [
      { root: '0123456789abcdef' },
      { rotation: { ...rotation, from: '0123456789abcdef' } },
      { rotation: { ...rotation, startedAt: 1 } },
      { unlock: passphrase },
      { unlock: { ...shares, set: '1123abcd' } },
      { unlock: { ...shares, threshold: 3 } },
      { unlock: { ...shares, commitments: [...shares.commitments].reverse() } },
    ];
    for (const change of changes) {
      const bytes = Buffer.from(`${canonicalJson({ ...written, ...change })}\n`);
      expect(openSealFile(parsed(bytes), secret(9))).toBeUndefined();
    }
  });

  it.each<[string, Record<string, Json>]>([
    ['another format', { format: 'claviger-seals' }],
    ['another version', { version: 2 }],
    ['a further member', { more: 1 }],
    ['no root key id', { root: 'x' }],
    ['a rotation without a former key', { rotation: { startedAt: 1 } }],
    ['a negative time', { rotation: { from: '0123456789abcdef', startedAt: -1 } }],
    ['a rotation that its ring does not hold', { rotation: { from: '0123456789abcdef', startedAt: 1 } }],
    ['an unknown way to unlock', { unlock: { kind: 'magic' } }],
    ['a memory cost below RFC 9106’s second recommendation', { unlock: { ...passphrase, memory: 65535 } }],
    ['too few passes', { unlock: { ...passphrase, passes: 2 } }],
    ['too few lanes', { unlock: { ...passphrase, parallelism: 3 } }],
    ['a cost that no machine has', { unlock: { ...passphrase, memory: 2 ** 40 } }],
    ['a fractional cost', { unlock: { ...passphrase, passes: 3.5 } }],
    ['a short salt', { unlock: { ...passphrase, salt: 'AAAA' } }],
    ['a wrapped key of another length', { unlock: { ...token, wrapped: 'AAAA' } }],
    ['a reference that is none', { unlock: { ...token, reference: 'key 1' } }],
    ['a threshold of one', { unlock: { ...shares, threshold: 1 } }],
    ['a threshold above the shares', { unlock: { ...shares, threshold: 4 } }],
    ['a short commitment', { unlock: { ...shares, commitments: ['AAAA', 'AAAA', 'AAAA'] } }],
    ['a ring that is no base64', { ring: '!' }],
    ['a short ring', { ring: 'AAAA' }],
  ])('is refused with %s', (_, change) => {
    const value = membersOf(Buffer.from(encodeSingle()).toString());
    const file = parseSealFile(Buffer.from(`${canonicalJson({ ...value, ...change })}\n`));
    expect('header' in file).toBe(false);
  });

  it('is refused in any other spelling of the same JSON', () => {
    const text = Buffer.from(encodeSingle()).toString();
    for (const other of [
      text.trim(),
      `${text}\n`,
      text.replace(':', ': '),
      `\ufeff${text}`,
      JSON.stringify(JSON.parse(text), null, 1),
    ])
      expect('header' in parseSealFile(Buffer.from(other))).toBe(false);
  });

  it('never throws on other bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => !('header' in parseSealFile(bytes))));
    fc.assert(fc.property(fc.json(), (text) => !('header' in parseSealFile(Buffer.from(`${text}\n`)))));
    expect('header' in parseSealFile(new Uint8Array(70_000))).toBe(false);
  });

  it('is not written when it would name other root keys than it holds', () => {
    expect(() => encodeSealFile(double, { current: secret(2) }, secret(9), randomBytes)).toThrow(TypeError);
    expect(() => encodeSealFile(single, { current: secret(2) }, secret(9), randomBytes)).toThrow(TypeError);
  });

  it('names a root key by HKDF, so that the name says nothing of the key', () => {
    const expected = Buffer.from(hkdfSync('sha256', bytesOf(1), '', 'claviger root key id v1', 8)).toString('hex');
    expect(rootKeyId(bytesOf(1))).toBe(expected);
  });
});
