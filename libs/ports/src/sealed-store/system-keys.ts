/**
 * References of the service's own keys in the sealed store (kind `system-key`, about `{name}`): exactly one of each, made at the first
 * start. None of them ever protects a customer's data.
 */
export const SYSTEM_KEY_REFERENCES = {
  events: '00000000-0000-8000-8000-000000000001',
  rows: '00000000-0000-8000-8000-000000000002',
  commands: '00000000-0000-8000-8000-000000000003',
  anchor: '00000000-0000-8000-8000-000000000004',
  journal: '00000000-0000-8000-8000-000000000005',
  backup: '00000000-0000-8000-8000-000000000006',
} as const;

export type SystemKeyName = keyof typeof SYSTEM_KEY_REFERENCES;

const OWN = '00000000-0000-8000-';

/** Is this the reference of a key of the service itself, in whatever store? References of customers' material are made otherwise. */
export const isOwnReference = (reference: string): boolean => reference.startsWith(OWN);

/** A new reference of such a key. @param bytes 8, drawn at random */
export function ownReference(bytes: Uint8Array): string {
  const [first = 0] = bytes;
  const hex = Buffer.from([(first & 0x3f) | 0x80, ...bytes.subarray(1, 8)]).toString('hex'); // RFC 9562 section 4.1
  return `${OWN}${hex.slice(0, 4)}-${hex.slice(4)}`;
}
