import { KmsError } from '@claviger/domain';

type ListOperation = 'ListAliases' | 'ListKeyPolicies' | 'ListKeyRotations' | 'ListKeys' | 'ListResourceTags';

/** What `Truncated` and `NextMarker` are for a page. `next`: what the following page starts after; null at the end. */
export function pageMembers(
  operation: ListOperation,
  next: string | null,
): { readonly Truncated: boolean; readonly NextMarker: string | undefined } {
  return { Truncated: next !== null, NextMarker: next === null ? undefined : encodeMarker(operation, next) };
}

/** Opaque, and of use to the operation only that gave it. */
function encodeMarker(operation: ListOperation, after: string): string {
  return Buffer.from(`${operation}\n${after}`).toString('base64url');
}

/**
 * What a page starts after; empty for the first one.
 * @throws KmsError InvalidMarker for what does not have the form of a marker of this operation
 */
export function readMarker(operation: ListOperation, marker: string | undefined): string {
  if (marker === undefined) {
    return '';
  }
  const text = Buffer.from(marker, 'base64url').toString('utf8');
  const after = text.startsWith(`${operation}\n`) ? text.slice(operation.length + 1) : '';
  if (after === '' || encodeMarker(operation, after) !== marker) {
    throw invalidMarker(operation);
  }
  return after;
}

export const invalidMarker = (operation: ListOperation): KmsError =>
  new KmsError('InvalidMarker', `The marker is not one that ${operation} gave.`, { argument: 'Marker' });

/** One page of a list that is in memory. `nameOf` gives what pages continue after; the list ascends by it. */
export function pageOf<Item>(
  items: readonly Item[],
  isAfter: (item: Item) => boolean,
  limit: number,
  nameOf: (item: Item) => string,
): { readonly page: readonly Item[]; readonly next: string | null } {
  const rest = items.filter(isAfter);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { page, next: rest.length > limit && last !== undefined ? nameOf(last) : null };
}
