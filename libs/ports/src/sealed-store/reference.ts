import { parseUuid } from '@claviger/crypto';

/** References are compared and ordered as text, so only the canonical form is let in. @throws RangeError */
export function requireReference(reference: string): void {
  if (parseUuid(reference) === undefined)
    throw new RangeError('a sealed record is named by a UUID in canonical lower case');
}
