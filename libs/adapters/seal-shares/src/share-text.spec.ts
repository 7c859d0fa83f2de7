import { randomBytes } from 'node:crypto';
import { SecretBytes } from '@claviger/crypto';
import fc from 'fast-check';
import { fromBase32, toBase32 } from './base32.js';
import { encodeShare, parseShare, type Share } from './share-text.js';

/** Never to be changed. */
const GOLDEN =
  'clavigershare1-7k2m9qxz-2-3of5-0mq5-f059-tbxj-8kbp-kz4f-26j3-djav-xsrg-75h8-qd6x-0rqn-h0da-tfy2-ba6n-mh9r-1fax';

const share = (changes: Partial<Share> = {}): Share => ({
  set: '7k2m9qxz',
  index: 2,
  threshold: 3,
  shares: 5,
  value: SecretBytes.take(Uint8Array.from({ length: 33 }, (_, i) => (i * 41 + 5) & 0xff)),
  ...changes,
});
const textOf = (secret: SecretBytes): string => secret.use((bytes) => Buffer.from(bytes).toString('latin1'));
const secretOf = (text: string): SecretBytes => SecretBytes.copyOf(Buffer.from(text));

function read(text: string): Share {
  const parsed = parseShare(secretOf(text));
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

function problem(text: string): { problem: string; seems?: { set: string; index: number } } {
  const parsed = parseShare(secretOf(text));
  if (!('problem' in parsed)) throw new Error('was read');
  return parsed;
}

describe('base32', () => {
  it('gives back every group of bytes, in the digits of Crockford', () => {
    expect(textOf(SecretBytes.take(toBase32(Uint8Array.of(0, 0x44, 0x32, 0x14, 0xc7))))).toBe('01234567');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 60 }), (bytes) => {
        const whole = bytes.subarray(0, bytes.length - (bytes.length % 5));
        return Buffer.from(fromBase32(toBase32(whole)) ?? [1]).equals(whole);
      }),
    );
  });

  it('reads letters as the digits that they are taken for, and no other character', () => {
    expect(fromBase32(Buffer.from('oil00000'))).toEqual(fromBase32(Buffer.from('01100000')));
    for (const text of ['u0000000', '0000000', '0000000-', '0000000\u0000'])
      expect(fromBase32(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});

describe('the text of a share', () => {
  it('is this one for ever: people have it on paper', () => {
    expect(textOf(encodeShare(share()))).toBe(GOLDEN);
    expect(read(GOLDEN).value.equals(share().value)).toBe(true);
  });

  it('gives back set, index, numbers and value', () => {
    for (const index of [1, 9, 10, 255]) {
      const value = SecretBytes.take(randomBytes(33));
      const made = share({ index, threshold: 100, shares: 255, value });
      const { value: readValue, ...head } = read(textOf(encodeShare(made)));
      expect(head).toEqual({ set: '7k2m9qxz', index, threshold: 100, shares: 255 });
      expect(readValue.equals(value)).toBe(true);
    }
  });

  it('is read in capitals, with other groups, line breaks, and with o, i and l for 0 and 1', () => {
    const text = textOf(encodeShare(share()));
    const [head, body] = [text.slice(0, 30), text.slice(30)];
    for (const other of [
      text.toUpperCase(),
      ` ${text}\r\n`,
      `${head}-${body.replaceAll('-', '')}`,
      `${head}${body.replaceAll('-', ' - \n')}`,
      `${head}${body.replaceAll('0', 'O').replaceAll('1', 'l')}`,
      `${head}${body.replaceAll('0', 'o').replaceAll('1', 'I')}`,
    ]) {
      expect(read(other).value.equals(share().value)).toBe(true);
    }
  });

  it('is not read when any one character of it was mistyped, and the share is named when its beginning can be read', () => {
    const text = textOf(encodeShare(share()));
    for (let at = 0; at < text.length; at++) {
      if (text[at] === '-') continue;
      const other = text[at] === '4' ? '5' : '4';
      const found = problem(`${text.slice(0, at)}${other}${text.slice(at + 1)}`);
      if (at > 30) expect(found.seems).toEqual({ set: '7k2m9qxz', index: 2 });
      expect(found.problem).not.toContain(text.slice(40, 49));
    }
  });

  it('is not read when two neighbours changed places, a group is missing, or one came twice', () => {
    const text = textOf(encodeShare(share()));
    for (let at = 31; at + 1 < text.length; at++) {
      const [a = '', b = ''] = [text[at], text[at + 1]];
      if (a === b || a === '-' || b === '-') continue;
      expect(problem(`${text.slice(0, at)}${b}${a}${text.slice(at + 2)}`).problem).toContain('checksum');
    }
    expect(problem(text.slice(0, -5)).problem).toContain('missing');
    expect(problem(`${text}${text.slice(-5)}`).problem).toContain('too many');
  });

  it.each([
    ['another index', '-2-', '-3-'],
    ['another threshold', '3of5', '2of5'],
    ['another number of shares', '3of5', '3of6'],
    ['another set', '7k2m9qxz', '7k2m9qxy'],
  ])('is not read with %s', (_, from, to) => {
    expect(problem(textOf(encodeShare(share())).replace(from, to)).problem).toContain('checksum');
  });

  it.each([
    ['', 'begin'],
    ['clavigershare2-7k2m9qxz-2-3of5-0000', 'begin'],
    ['clavigershare1-7k2m9qx-2-3of5-0000', 'cannot be read'],
    ['clavigershare1-7k2m9qxz-0-3of5-0000', 'cannot be read'],
    ['clavigershare1-7k2m9qxz-6-3of5-0000', 'cannot be read'],
    ['clavigershare1-7k2m9qxz-2-1of5-0000', 'cannot be read'],
    ['clavigershare1-7k2m9qxz-2-6of5-0000', 'cannot be read'],
    ['clavigershare1-7k2m9qxz-2-3of256-0000', 'cannot be read'],
    ['clavigershare1-7k2m9qxz-2-3of5', 'missing'],
    ['x'.repeat(401), '401'],
  ])('is not read as %j', (text, expected) => {
    expect(problem(text).problem).toContain(expected);
  });

  it('never throws on other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => 'problem' in parseShare(SecretBytes.copyOf(bytes))),
    );
  });
});
