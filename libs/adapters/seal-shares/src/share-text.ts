import { hash } from 'node:crypto';
import { constantTimeEqual, MOST_SHARES, SecretBytes, SHARE_SET_PATTERN } from '@claviger/crypto';
import { fromBase32, toBase32 } from './base32.js';

/**
 * A share as people copy it, 110 characters or a few more:
 *
 *     clavigershare1-<set>-<index>-<threshold>of<shares>-<16 groups of 4, hyphens between>
 *
 * The groups are base32 of the share (33 bytes: a value for each byte of the secret, then the point that they belong to) and 7 bytes of
 * SHA-256 over everything before: a slip is found here, before it shows as a share that does not fit. Capitals, white space and other
 * groups are read as well.
 */
export interface Share {
  readonly set: string;
  /** From 1 up, in the order in which they were made. */
  readonly index: number;
  readonly threshold: number;
  readonly shares: number;
  /** 33 bytes. The holder of the share wipes them. */
  readonly value: SecretBytes;
}

const PREFIX = 'clavigershare1';
const SHARE_LENGTH = 33;
const CHECK_LENGTH = 7;
const MOST_CHARACTERS = 400;

/** The text in ASCII. The caller owns it; `share.value` is only lent. */
export function encodeShare(share: Share): SecretBytes {
  const start = Buffer.from(startOf(share), 'latin1');
  const body = new Uint8Array(SHARE_LENGTH + CHECK_LENGTH);
  share.value.use((value) => {
    body.set(value);
    body.set(checkOf(share, value), SHARE_LENGTH);
  });
  const characters = toBase32(body);
  const text = new Uint8Array(start.length + (characters.length / 4) * 5);
  text.set(start);
  for (let group = 0; group * 4 < characters.length; group++) {
    const at = start.length + group * 5;
    text[at] = 0x2d; // -
    text.set(characters.subarray(group * 4, group * 4 + 4), at + 1);
  }
  body.fill(0);
  characters.fill(0);
  return SecretBytes.take(text);
}

/** What can be said of a text that is no share: whose it seems to be, when its beginning can be read. */
export interface NoShare {
  readonly problem: string;
  readonly seems?: { readonly set: string; readonly index: number };
}

/** The share, whose value the caller then owns. Total: any bytes may come. @param text lent */
export function parseShare(text: SecretBytes): Share | NoShare {
  if (text.length > MOST_CHARACTERS) return { problem: `it has ${text.length} characters` };
  const plain = text.use(lowerCaseWithoutSpace);
  try {
    return parsePlain(plain);
  } finally {
    plain.fill(0);
  }
}

function parsePlain(plain: Uint8Array): Share | NoShare {
  const [prefix, set, indexText, quorum, ...groups] = partsOf(plain);
  if (prefix === undefined || Buffer.from(prefix).toString('latin1') !== PREFIX) {
    return { problem: `it does not begin with ${PREFIX}` };
  }
  const head = headOf(set, indexText, quorum);
  if (head === undefined) return { problem: 'set, index and number of shares cannot be read' };
  const seems = { set: head.set, index: head.index };
  const characters = Buffer.concat(groups);
  const body = fromBase32(characters);
  characters.fill(0);
  if (body?.length !== SHARE_LENGTH + CHECK_LENGTH) {
    body?.fill(0);
    return { problem: 'characters are missing, too many or none of a share', seems };
  }
  const value = SecretBytes.copyOf(body.subarray(0, SHARE_LENGTH));
  const fits = value.use((bytes) => constantTimeEqual(checkOf(head, bytes), body.subarray(SHARE_LENGTH)));
  body.fill(0);
  if (fits) return { ...head, value };
  value.wipe();
  return { problem: 'its checksum does not fit: a character was mistyped', seems };
}

type Head = Omit<Share, 'value'>;

/** None of this is secret, so it may become text. */
function headOf(set?: Uint8Array, index?: Uint8Array, quorum?: Uint8Array): Head | undefined {
  const [name, number, of] = [set, index, quorum].map((part) => Buffer.from(part ?? []).toString('latin1'));
  const counts = /^([0-9]{1,3})of([0-9]{1,3})$/.exec(of ?? '');
  if (name === undefined || !SHARE_SET_PATTERN.test(name) || !/^[0-9]{1,3}$/.test(number ?? '')) return undefined;
  const head = { set: name, index: Number(number), threshold: Number(counts?.[1]), shares: Number(counts?.[2]) };
  const sound = head.threshold >= 2 && head.threshold <= head.shares && head.shares <= MOST_SHARES;
  return sound && head.index >= 1 && head.index <= head.shares ? head : undefined;
}

function startOf({ set, index, threshold, shares }: Head): string {
  return `${PREFIX}-${set}-${index}-${threshold}of${shares}`;
}

function checkOf(head: Head, value: Uint8Array): Uint8Array {
  const input = Buffer.concat([Buffer.from(startOf(head), 'latin1'), value]);
  try {
    return hash('sha256', input, 'buffer').subarray(0, CHECK_LENGTH);
  } finally {
    input.fill(0);
  }
}

function lowerCaseWithoutSpace(text: Uint8Array): Uint8Array {
  const plain = new Uint8Array(text.length);
  let length = 0;
  for (const character of text) {
    if (character <= 0x20) continue;
    plain[length++] = character >= 0x41 && character <= 0x5a ? character + 0x20 : character;
  }
  return plain.subarray(0, length);
}

function partsOf(plain: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = 0; at <= plain.length; at++) {
    if (at < plain.length && plain[at] !== 0x2d) continue;
    parts.push(plain.subarray(from, at));
    from = at + 1;
  }
  return parts;
}
