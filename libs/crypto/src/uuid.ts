import { hash } from 'node:crypto';

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_MILLISECONDS = 2 ** 48 - 1;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const ASCII_A = 0x61;
const ASCII_0 = 0x30;

/** The 16 bytes of a UUID in canonical lower-case form (RFC 9562 section 4), of any version; `undefined` for anything else. */
export function parseUuid(text: string): Uint8Array | undefined {
  if (!CANONICAL.test(text)) return undefined;
  // Every call on a key comes through here: a loop over checked characters costs a tenth of a detour over Buffer.
  const bytes = new Uint8Array(16);
  for (let at = 0, i = 0; i < 16; i++) {
    if (at === 8 || at === 13 || at === 18 || at === 23) at++;
    bytes[i] = (digit(text.charCodeAt(at)) << 4) | digit(text.charCodeAt(at + 1));
    at += 2;
  }
  return bytes;
}

/** The value of a lower-case hexadecimal digit. */
const digit = (code: number): number => (code >= ASCII_A ? code - ASCII_A + 10 : code - ASCII_0);

/** Canonical lower-case form of 16 bytes. @throws TypeError for another length */
export function formatUuid(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new TypeError(`a UUID has 16 bytes, got ${bytes.length}`);
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[i] ?? 0];
  }
  return text;
}

/**
 * Name-based UUID: SHA-1 over the namespace's bytes and the name in UTF-8 (RFC 9562 section 5.5).
 * @throws TypeError if `namespace` is not a canonical UUID or `name` has a lone surrogate (two such names would collide)
 */
export function uuidV5(namespace: string, name: string): string {
  const space = parseUuid(namespace);
  if (space === undefined) throw new TypeError('namespace is not a canonical UUID');
  if (!name.isWellFormed()) throw new TypeError('name is not well-formed Unicode');
  return stamped(hash('sha1', Buffer.concat([space, Buffer.from(name, 'utf8')]), 'buffer'), 5);
}

/** UUID whose 122 free bits are the first 16 bytes of `bytes`, usually a MAC (RFC 9562 section 5.8). @throws TypeError below 16 bytes */
export function uuidV8FromBytes(bytes: Uint8Array): string {
  if (bytes.length < 16) throw new TypeError(`a version 8 UUID needs 16 bytes, got ${bytes.length}`);
  return stamped(bytes, 8);
}

/**
 * Time-ordered UUID: 48 bits of Unix milliseconds, then 74 bits of `random` (RFC 9562 section 5.7). Not monotonic within a millisecond.
 * @throws RangeError if `milliseconds` is not an integer of 48 bits; TypeError unless `random` has 10 bytes
 */
export function uuidV7(milliseconds: number, random: Uint8Array): string {
  if (!Number.isInteger(milliseconds) || milliseconds < 0 || milliseconds > MAX_MILLISECONDS) {
    throw new RangeError('milliseconds must be an integer of 48 bits');
  }
  if (random.length !== 10) throw new TypeError(`a version 7 UUID takes 10 random bytes, got ${random.length}`);
  const bytes = new Uint8Array(16);
  for (let i = 5, rest = milliseconds; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(random, 6);
  return stamped(bytes, 7);
}

/** Writes version and variant (RFC 9562 sections 4.1, 4.2) over the first 16 bytes. */
function stamped(source: Uint8Array, version: number): string {
  const bytes = new Uint8Array(16);
  bytes.set(source.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes);
}
