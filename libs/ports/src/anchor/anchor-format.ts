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
  const body = bodyOf(change);
  const bytes = Buffer.allocUnsafe(3 + body.length);
  bytes.writeUInt8(KINDS.indexOf(change.kind) + 1, 0);
  bytes.writeUInt16BE(body.length, 1);
  body.copy(bytes, 3);
  return bytes;
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
  let changes: Buffer[] = [];
  let size = 0;
  const cut = (): void => {
    if (changes.length === 0) return;
    const frame = encodeAnchorFrame(changes, mac, key);
    parts.push(frame.bytes);
    [mac, changes, size] = [frame.mac, [], 0];
  };
  for (const change of changesOf(content)) {
    const bytes = encodeChange(change);
    changes.push(bytes);
    size += bytes.length;
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
    const change = decodeChange(body[at] ?? 0, body.subarray(at + 3, end));
    if (change === undefined) return false;
    applyChange(content, change);
    at = end;
  }
  return at === body.length;
}

function decodeChange(kind: number, body: Buffer): AnchorChange | undefined {
  const name = KINDS[kind - 1];
  if (name === undefined) return undefined;
  switch (name) {
    case 'state': {
      const state = parseState(body.toString('utf8'));
      return state && { kind: 'state', state };
    }
    case 'mark':
      if (body.length < 5) return undefined;
      return { kind: 'mark', version: body.readUInt32BE(0), keyId: body.toString('utf8', 4) };
    case 'destroyed':
      return { kind: 'destroyed', reference: body.toString('utf8') };
  }
}

function bodyOf(change: AnchorChange): Buffer {
  switch (change.kind) {
    case 'state': {
      const { journal, store, heartbeat } = change.state;
      const { sequence, link } = journal;
      const { position, sum } = store;
      return Buffer.from(JSON.stringify({ journal: { sequence, link }, store: { position, sum }, heartbeat }));
    }
    case 'mark': {
      const bytes = Buffer.allocUnsafe(4 + Buffer.byteLength(change.keyId));
      bytes.writeUInt32BE(change.version, 0);
      bytes.write(change.keyId, 4, 'utf8');
      return bytes;
    }
    case 'destroyed':
      return Buffer.from(change.reference);
  }
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
