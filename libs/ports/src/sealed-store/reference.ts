import { parseUuid } from '@claviger/crypto';

/** References are compared and ordered as text, so only the canonical form is let in. @throws RangeError */
export function requireReference(reference: string): void {
  if (parseUuid(reference) === undefined)
    throw new RangeError('a sealed record is named by a UUID in canonical lower case');
}

/** @throws RangeError unless one wrapped key can take the other's place byte by byte */
export function requireSameLength(expected: Uint8Array, next: Uint8Array): void {
  if (expected.length !== next.length)
    throw new RangeError(`a wrapped key of ${expected.length} bytes is replaced by one of as many, got ${next.length}`);
}
