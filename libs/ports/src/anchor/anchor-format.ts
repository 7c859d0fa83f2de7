import { constantTimeEqual, encodeFrame, type HmacSha256, MAC_LENGTH, parseFrame } from '@claviger/crypto';
import { asBuffer } from '../audit-journal/bytes.js';
import { hasLaterFrame, looksTorn } from '../audit-journal/tail-check.js';
import { type AnchorChange, type AnchorContent, applyChange, emptyAnchor, isAnchorState } from './anchor-change.js';
import type { AnchorState } from './contract.js';

/**
 * The anchor's file: a header of 16 bytes (magic, format version, zeros), then frames (`@claviger/crypto`), one per flush, whose payload is
 *
 *     changes ‖ MAC (32)     MAC = HMAC(anchor key, MAC before ‖ changes); before the first frame: HMAC(anchor key, label ‖ header)
 *
 * so that no frame can be changed, taken out or put elsewhere. A change is u8 kind ‖ u16 length ‖ body: 1 state (JSON) · 2 mark (u32
 * version ‖ key id) · 3 destroyed (reference).
 *
 * Cutting whole frames off the end, or bringing back an older copy of the file, is not noticed: the anchor has to lie where those who
 * can write the data cannot.
 */
export const ANCHOR_FILE = 'anchor.log';
const ANCHOR_HEADER_LENGTH = 16;

const MAGIC = Buffer.from('CLVGANCH', 'latin1');
const LABEL = Buffer.from('claviger anchor v1', 'latin1');
const FRAME_BYTES = 64 << 10;
/** Kind and length of a change. */
const HEAD = 3;
/** The length is a u16. */
const MAX_CHANGE_BYTES = HEAD + 0xffff;
const KINDS: readonly AnchorChange['kind'][] = ['state', 'mark', 'destroyed'];

function anchorHeader(): Buffer {
  const header = Buffer.alloc(ANCHOR_HEADER_LENGTH);
  MAGIC.copy(header);
  header.writeUInt16BE(1, MAGIC.length);
  return header;
}

function firstAnchorMac(key: HmacSha256): Uint8Array {
  return key.mac(LABEL, anchorHeader());
}

export interface EncodedFrame {
  readonly bytes: Buffer;
  readonly mac: Uint8Array;
}

export function encodeChange(change: AnchorChange): Buffer {
  const bytes = Buffer.allocUnsafe(mostBytes(change));
  return bytes.subarray(0, writeChange(bytes, 0, change));
}

export function encodeAnchorFrame(changes: readonly Buffer[], macBefore: Uint8Array, key: HmacSha256): EncodedFrame {
  const body = Buffer.concat(changes);
  const mac = key.mac(macBefore, body);
  return { bytes: asBuffer(encodeFrame(Buffer.concat([body, mac]))), mac };
}

/** A whole file with nothing but what is alive. */
export function encodeAnchor(content: AnchorContent, key: HmacSha256): EncodedFrame {
  const parts = [anchorHeader()];
  let mac = firstAnchorMac(key);
  // One buffer for all changes of a frame: a hundred thousand marks are written at every start.
  const changes = Buffer.alloc(FRAME_BYTES + MAX_CHANGE_BYTES);
  let size = 0;
  const cut = (): void => {
    if (size === 0) return;
    const frame = encodeAnchorFrame([changes.subarray(0, size)], mac, key);
    parts.push(frame.bytes);
    [mac, size] = [frame.mac, 0];
  };
  for (const change of changesOf(content)) {
    size = writeChange(changes, size, change);
    if (size >= FRAME_BYTES) cut();
  }
  cut();
  return { bytes: Buffer.concat(parts), mac };
}

/**
 * What a file says; `undefined` when it does not verify under this key. The rest of an interrupted flush at its end is left out:
 * nobody had an answer for it. Total.
 */
export function parseAnchor(bytes: Buffer, key: HmacSha256): AnchorContent | undefined {
  if (!bytes.subarray(0, ANCHOR_HEADER_LENGTH).equals(anchorHeader())) return undefined;
  const content = emptyAnchor();
  let mac = firstAnchorMac(key);
  let offset = ANCHOR_HEADER_LENGTH;
  for (;;) {
    const frame = parseFrame(bytes, offset);
    if (frame.kind === 'end') return content;
    if (frame.kind !== 'ok') {
      const rest = bytes.subarray(offset);
      const later = hasLaterFrame(rest, 3 + MAC_LENGTH, (payload) => KINDS[(rest[payload] ?? 0) - 1] !== undefined);
      return !later && looksTorn(rest, offset) ? content : undefined;
    }
    const payload = asBuffer(frame.payload);
    const body = payload.subarray(0, Math.max(0, payload.length - MAC_LENGTH));
    const expected = key.mac(mac, body);
    if (!constantTimeEqual(expected, payload.subarray(body.length)) || !applyBody(content, body)) return undefined;
    mac = expected;
    offset = frame.next;
  }
}

function applyBody(content: AnchorContent, body: Buffer): boolean {
  let at = 0;
  while (at + 3 <= body.length) {
    const end = at + 3 + body.readUInt16BE(at + 1);
    if (end > body.length) return false;
    const change = decodeChange(body, at, end);
    if (change === undefined) return false;
    applyChange(content, change);
    at = end;
  }
  return at === body.length;
}

/** The change whose head stands at `at` and whose body ends at `end`. */
function decodeChange(bytes: Buffer, at: number, end: number): AnchorChange | undefined {
  const name = KINDS[(bytes[at] ?? 0) - 1];
  const body = at + HEAD;
  if (name === undefined) return undefined;
  switch (name) {
    case 'state': {
      const state = parseState(bytes.toString('utf8', body, end));
      return state && { kind: 'state', state };
    }
    case 'mark':
      if (end < body + 5) return undefined;
      return { kind: 'mark', version: bytes.readUInt32BE(body), keyId: bytes.toString('utf8', body + 4, end) };
    case 'destroyed':
      return { kind: 'destroyed', reference: bytes.toString('utf8', body, end) };
  }
}

/** @returns where it ends; the caller has seen to it that `mostBytes` are there */
function writeChange(target: Buffer, at: number, change: AnchorChange): number {
  const body = at + HEAD;
  let end = body;
  switch (change.kind) {
    case 'state':
      end += target.write(stateText(change.state), body, 'utf8');
      break;
    case 'mark':
      end = target.writeUInt32BE(change.version, body);
      end += target.write(change.keyId, end, 'utf8');
      break;
    case 'destroyed':
      end += target.write(change.reference, body, 'utf8');
      break;
  }
  target.writeUInt8(KINDS.indexOf(change.kind) + 1, at);
  target.writeUInt16BE(end - body, at + 1);
  return end;
}

function mostBytes(change: AnchorChange): number {
  switch (change.kind) {
    case 'state':
      return HEAD + 3 * stateText(change.state).length;
    case 'mark':
      return HEAD + 4 + 3 * change.keyId.length;
    case 'destroyed':
      return HEAD + 3 * change.reference.length;
  }
}

function stateText({ journal, store, heartbeat }: AnchorState): string {
  const { sequence, link } = journal;
  const { position, sum } = store;
  return JSON.stringify({ journal: { sequence, link }, store: { position, sum }, heartbeat });
}

function parseState(text: string): AnchorState | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isAnchorState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function* changesOf(content: AnchorContent): Generator<AnchorChange> {
  if (content.state !== undefined) yield { kind: 'state', state: content.state };
  for (const [keyId, version] of content.marks) yield { kind: 'mark', keyId, version };
  for (const reference of content.destroyed) yield { kind: 'destroyed', reference };
}
