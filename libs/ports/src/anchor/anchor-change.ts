import type { AnchorState } from './contract.js';

/** What one call records. */
export type AnchorChange =
  | { readonly kind: 'state'; readonly state: AnchorState }
  | { readonly kind: 'mark'; readonly keyId: string; readonly version: number }
  | { readonly kind: 'destroyed'; readonly reference: string };

/** All that an anchor holds. */
export interface AnchorContent {
  state: AnchorState | undefined;
  readonly marks: Map<string, number>;
  readonly destroyed: Set<string>;
}

export function emptyAnchor(): AnchorContent {
  return { state: undefined, marks: new Map(), destroyed: new Set() };
}

export function applyChange(content: AnchorContent, change: AnchorChange): void {
  switch (change.kind) {
    case 'state':
      content.state = change.state;
      return;
    case 'mark':
      content.marks.set(change.keyId, Math.max(change.version, content.marks.get(change.keyId) ?? 0));
      return;
    case 'destroyed':
      content.destroyed.add(change.reference);
      return;
  }
}

const MAX_TEXT = 255;
const LINK = /^[0-9a-f]{64}$/;
const HEX = /^(?:[0-9a-f]{2}){0,128}$/;
const POSITION = /^\d{1,20}$/;

/** @throws RangeError that names what is wrong */
export function checkChange(change: AnchorChange): void {
  const wrong = problemOf(change);
  if (wrong !== undefined) throw new RangeError(wrong);
}

function problemOf(change: AnchorChange): string | undefined {
  switch (change.kind) {
    case 'state':
      return isAnchorState(change.state)
        ? undefined
        : 'an anchor state has a journal sequence and link, a store position and sum, a time';
    case 'mark':
      if (!isName(change.keyId)) return 'a key id has 1 to 255 bytes';
      if (Number.isInteger(change.version) && change.version > 0 && change.version < 2 ** 32) return undefined;
      return `a version number is a whole number from 1 to 2^32 - 1, found ${change.version}`;
    case 'destroyed':
      return isName(change.reference) ? undefined : 'a reference has 1 to 255 bytes';
  }
}

const isName = (text: string): boolean => text.length > 0 && Buffer.byteLength(text) <= MAX_TEXT;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** Total: also for what was parsed from a file. */
export function isAnchorState(value: unknown): value is AnchorState {
  const { journal, store, heartbeat } = asRecord(value);
  const { sequence, link } = asRecord(journal);
  const { position, sum } = asRecord(store);
  if (!isCount(sequence) || !isCount(heartbeat)) return false;
  if (typeof link !== 'string' || typeof position !== 'string' || typeof sum !== 'string') return false;
  return LINK.test(link) && POSITION.test(position) && HEX.test(sum);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
