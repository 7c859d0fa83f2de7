import { hash } from 'node:crypto';
import { SecretBytes } from './secret-bytes.js';

/**
 * A key file is ASCII text of exactly three lines, each ended by a line feed:
 *
 *     claviger-root-key 1
 *     key <64 hexadecimal digits, lower case: the 32 bytes of the root key>
 *     check <8 hexadecimal digits: first 4 bytes of SHA-256 over "claviger-root-key 1" ‖ key>
 *
 * The check finds a copying mistake before it shows itself as data that no longer opens. It says nothing beyond what the key beside
 * it says.
 */
const TITLE = 'claviger-root-key 1';
const KEY_LENGTH = 32;
const CHECK_LENGTH = 4;
const KEY_AT = TITLE.length + '\nkey '.length;
const CHECK_AT = KEY_AT + 2 * KEY_LENGTH + '\ncheck '.length;

export const ROOT_KEY_FILE_LENGTH = CHECK_AT + 2 * CHECK_LENGTH + '\n'.length;

/** What is wrong with a text, in words without any of its content. */
export interface RootKeyFileProblem {
  readonly expected: string;
  readonly found: string;
}

/** The file's bytes, which the caller wipes. */
export function encodeRootKeyFile(key: Uint8Array): Uint8Array {
  const text = Buffer.alloc(ROOT_KEY_FILE_LENGTH);
  text.write(`${TITLE}\nkey `, 0, 'latin1');
  putHex(text, KEY_AT, key);
  text.write('\ncheck ', KEY_AT + 2 * KEY_LENGTH, 'latin1');
  putHex(text, CHECK_AT, checkOf(key));
  text.write('\n', ROOT_KEY_FILE_LENGTH - 1, 'latin1');
  return text;
}

/** The key in a file's bytes. Digits are read from the bytes: a string of them could not be wiped. */
export function parseRootKeyFile(text: Uint8Array): SecretBytes | RootKeyFileProblem {
  if (text.length !== ROOT_KEY_FILE_LENGTH)
    return { expected: `${ROOT_KEY_FILE_LENGTH} bytes`, found: `${text.length}` };
  if (!startsAt(text, 0, `${TITLE}\nkey `))
    return { expected: `the line "${TITLE}" and one that starts with "key"`, found: 'others' };
  if (!startsAt(text, KEY_AT + 2 * KEY_LENGTH, '\ncheck ') || !startsAt(text, ROOT_KEY_FILE_LENGTH - 1, '\n')) {
    return { expected: 'a third line that starts with "check" and ends in a line feed', found: 'another' };
  }
  const key = hexAt(text, KEY_AT, KEY_LENGTH);
  const check = hexAt(text, CHECK_AT, CHECK_LENGTH);
  if (key === undefined || check === undefined) {
    key?.fill(0);
    return { expected: 'lower-case hexadecimal digits', found: 'other characters among them' };
  }
  if (Buffer.compare(checkOf(key), check) !== 0) {
    key.fill(0);
    return { expected: 'a check that belongs to the key', found: 'another: one of the two was changed' };
  }
  return SecretBytes.take(key);
}

function checkOf(key: Uint8Array): Uint8Array {
  const input = Buffer.concat([Buffer.from(TITLE, 'latin1'), key]);
  try {
    return hash('sha256', input, 'buffer').subarray(0, CHECK_LENGTH);
  } finally {
    input.fill(0);
  }
}

const DIGITS = '0123456789abcdef';

function putHex(target: Uint8Array, at: number, bytes: Uint8Array): void {
  bytes.forEach((byte, i) => {
    target[at + 2 * i] = DIGITS.charCodeAt(byte >> 4);
    target[at + 2 * i + 1] = DIGITS.charCodeAt(byte & 15);
  });
}

function hexAt(text: Uint8Array, at: number, length: number): Uint8Array | undefined {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const high = digitOf(text[at + 2 * i]);
    const low = digitOf(text[at + 2 * i + 1]);
    if (high < 0 || low < 0) {
      bytes.fill(0);
      return undefined;
    }
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

function digitOf(character: number | undefined): number {
  return character === undefined ? -1 : DIGITS.indexOf(String.fromCharCode(character));
}

function startsAt(text: Uint8Array, at: number, expected: string): boolean {
  return Buffer.compare(text.subarray(at, at + expected.length), Buffer.from(expected, 'latin1')) === 0;
}
