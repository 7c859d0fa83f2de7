import { hash } from 'node:crypto';
import type { Material } from '@claviger/ports';

// How an object on the token says what it is.
//
// CKA_ID is a mark of ours and the 16 bytes of the reference. CKA_LABEL describes the material in words and ends with a digest over
// the whole description and the fingerprint: an object whose label was changed, or that took the place of another, does not fit.

const MARK = Buffer.from('clvg', 'latin1');
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LABEL = /^claviger (\S+) v([1-9]\d{0,9}) (\S+) (\S+) ([A-Za-z0-9_-]{32})$/;
const CANDIDATE = /^claviger candidate ([0-9a-f]{32})$/;

/** CKA_ID of this reference. @throws RangeError unless it is a canonical UUID */
export function idOf(reference: string): Buffer {
  if (!UUID.test(reference)) throw new RangeError(`a reference is a UUID in lower case, got ${reference}`);
  return Buffer.concat([MARK, Buffer.from(reference.replaceAll('-', ''), 'hex')]);
}

/** The reference of a CKA_ID; undefined when the object is not ours. */
export function referenceOf(id: Uint8Array): string | undefined {
  if (id.length !== MARK.length + 16 || !MARK.equals(id.subarray(0, MARK.length))) return undefined;
  const hex = Buffer.from(id.subarray(MARK.length)).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Label of material that counts. */
export function labelOf(material: Material, fingerprint: Uint8Array): string {
  const { reference, keyId, version, spec, usage } = material;
  const described = [reference, keyId, version, spec, usage, Buffer.from(fingerprint).toString('hex')];
  const digest = hash('sha256', JSON.stringify(described), 'base64url').slice(0, 32); // 192 bits
  return `claviger ${encodeURIComponent(keyId)} v${version} ${spec} ${usage} ${digest}`;
}

/** Label of material about which nothing is settled yet, see `generate.ts`. */
export function candidateLabelOf(nonce: string): string {
  return `claviger candidate ${nonce}`;
}

export type Label =
  | { readonly kind: 'candidate'; readonly nonce: string }
  | { readonly kind: 'settled'; readonly claims: Omit<Material, 'reference'> }
  | { readonly kind: 'unreadable' };

/** What a label claims; whether it is true shows when it is made anew from the claims and the key's fingerprint. */
export function parseLabel(label: string): Label {
  const nonce = CANDIDATE.exec(label)?.[1];
  if (nonce !== undefined) return { kind: 'candidate', nonce };
  const [, keyId, version, spec, usage] = LABEL.exec(label) ?? [];
  if (keyId === undefined || version === undefined) return { kind: 'unreadable' };
  try {
    // Names that the domain does not know are kept: such a label only ever fits material of the same name.
    const claims = { keyId: decodeURIComponent(keyId), version: Number(version), spec, usage } as Omit<
      Material,
      'reference'
    >;
    return { kind: 'settled', claims };
  } catch {
    return { kind: 'unreadable' };
  }
}

/** Of the same key, version, spec and usage? The references are the same already. */
export function describesSame(a: Omit<Material, 'reference'>, b: Omit<Material, 'reference'>): boolean {
  return a.keyId === b.keyId && a.version === b.version && a.spec === b.spec && a.usage === b.usage;
}

export const APPLICATION = 'claviger';

/** Label of the data object that says for ever: what had this reference was destroyed. */
export function tombstoneLabelOf(reference: string): string {
  return `claviger destroyed ${reference}`;
}

/** Label of the data object by which a session shows that it sees the token's private objects. */
export const MARKER_LABEL = 'claviger token';
