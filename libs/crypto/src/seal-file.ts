import { canonicalJson } from './canonical-json.js';
import type { RandomSource } from './random.js';
import { ROOT_KEY_LENGTH, type RootKeys, rootKeyId } from './root-ring.js';
import { type SealFileHeader, parseSealFileHeader } from './seal-file-header.js';
import { SecretBytes } from './secret-bytes.js';
import { openXChaCha, sealXChaCha } from './xchacha.js';

/**
 * A seal file is one line of canonical JSON (RFC 8785) and a line feed:
 *
 *     {"format":"claviger-seal","ring":"<base64>","root":"<id>","rotation":null,"unlock":{…},"version":1}
 *
 * `ring` is nonce (24) ‖ XChaCha20-Poly1305 ciphertext and tag under the unlock key (32 bytes, from a passphrase or from shares) of the
 * present root key and, while `rotation` is not null, the one before it. Additional data is "claviger seal file v1" and a line feed,
 * then the canonical JSON of all other members: nothing in the file can be changed without the unlock key.
 */
export interface SealFile {
  readonly header: SealFileHeader;
  readonly ring: Uint8Array;
}

const LABEL = 'claviger seal file v1\n';
const NONCE_AND_TAG = 24 + 16;
const MAX_LENGTH = 64 * 1024;

/** @param unlockKey lent, as are the keys @throws TypeError when the keys are not those that the header names */
export function encodeSealFile(
  header: SealFileHeader,
  keys: RootKeys,
  unlockKey: SecretBytes,
  random: RandomSource,
): Uint8Array {
  if (!belongs(header, keys)) throw new TypeError('the seal file names other root keys than it is to hold');
  const roots = new Uint8Array(ROOT_KEY_LENGTH * (keys.previous === undefined ? 1 : 2));
  try {
    keys.current.use((bytes) => roots.set(bytes));
    keys.previous?.use((bytes) => roots.set(bytes, ROOT_KEY_LENGTH));
    const ring = unlockKey.use((key) => sealXChaCha(key, roots, additionalData(header), random));
    return Buffer.from(`${canonicalJson({ ...header, ring: Buffer.from(ring).toString('base64') })}\n`, 'utf8');
  } finally {
    roots.fill(0);
  }
}

/** A file's bytes, or what is wrong with them. Whether they are genuine shows when the ring is opened. */
export function parseSealFile(bytes: Uint8Array): SealFile | { readonly expected: string; readonly found: string } {
  if (bytes.length > MAX_LENGTH) return { expected: `at most ${MAX_LENGTH} bytes`, found: `${bytes.length}` };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  const value = parsed(text);
  if (value === undefined) return { expected: 'one line of canonical JSON', found: 'something else' };
  const { ring: encoded, ...rest } = value;
  const header = parseSealFileHeader(rest);
  if (typeof header === 'string') return { expected: 'a seal file of version 1', found: header };
  const ring = Buffer.from(typeof encoded === 'string' ? encoded : '', 'base64');
  const length = NONCE_AND_TAG + ROOT_KEY_LENGTH * (header.rotation === null ? 1 : 2);
  if (ring.length !== length || ring.toString('base64') !== encoded) {
    return { expected: `a ring of ${length} bytes in base64`, found: 'another' };
  }
  return { header, ring };
}

/** The root keys, which the caller then owns; undefined when the unlock key is another or anything in the file was changed. */
export function openSealFile(file: SealFile, unlockKey: SecretBytes): RootKeys | undefined {
  const roots = unlockKey.use((key) => openXChaCha(key, file.ring, additionalData(file.header)));
  if (roots === undefined) return undefined;
  try {
    const current = SecretBytes.copyOf(roots.subarray(0, ROOT_KEY_LENGTH));
    if (file.header.rotation === null) return { current };
    return { current, previous: SecretBytes.copyOf(roots.subarray(ROOT_KEY_LENGTH)) };
  } finally {
    roots.fill(0);
  }
}

function belongs(header: SealFileHeader, { current, previous }: RootKeys): boolean {
  const from = header.rotation === null ? undefined : header.rotation.from;
  return (
    header.root === current.use(rootKeyId) &&
    from === previous?.use(rootKeyId) &&
    current.length === ROOT_KEY_LENGTH &&
    (previous === undefined || previous.length === ROOT_KEY_LENGTH)
  );
}

function additionalData(header: SealFileHeader): Uint8Array {
  return Buffer.from(`${LABEL}${canonicalJson(header)}`, 'utf8');
}

/** Only the canonical text is taken: what was authenticated is then exactly what is stored. */
function parsed(text: string): { readonly [member: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const members = { ...value };
    return `${canonicalJson(Object.fromEntries(Object.entries(members)))}\n` === text ? members : undefined;
  } catch {
    return undefined;
  }
}
