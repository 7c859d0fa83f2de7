import { isSealedKind, type SealedRecord, SealedStoreUnavailable } from '@claviger/ports';

/** Every statement of the store. Values are parameters, always; each is one transaction of its own. */
export const INSERT = `
  INSERT INTO claviger.sealed (reference, kind, destroyed, about, wrapped_key, blob)
  VALUES ($1, $2, false, $3, $4, $5) ON CONFLICT (reference) DO NOTHING`;

export const FIND = 'SELECT kind, destroyed, about, wrapped_key, blob FROM claviger.sealed WHERE reference = $1';

export const LIST = `
  SELECT reference FROM claviger.sealed
  WHERE kind = $1 AND NOT destroyed AND reference > $2 ORDER BY reference LIMIT $3`;

export const REWRAP = `
  UPDATE claviger.sealed SET wrapped_key = $3 WHERE reference = $1 AND NOT destroyed AND wrapped_key IN ($2, $3)`;

/** Overwrites, or leaves a tombstone where nothing was: one statement, so that there is no moment in between. */
export const DESTROY = `
  INSERT INTO claviger.sealed (reference, kind, destroyed, about, wrapped_key, blob)
  VALUES ($1, '', true, '{}', '', '')
  ON CONFLICT (reference) DO UPDATE SET destroyed = true,
    wrapped_key = decode(repeat('00', octet_length(sealed.wrapped_key)), 'hex'),
    blob = decode(repeat('00', octet_length(sealed.blob)), 'hex')
  WHERE NOT sealed.destroyed`;

/** Never truncates: that would lock readers out. */
export const VACUUM = 'VACUUM (TRUNCATE OFF) claviger.sealed';

export interface Row {
  readonly kind: unknown;
  readonly destroyed: unknown;
  readonly about: unknown;
  readonly wrapped_key: unknown;
  readonly blob: unknown;
}

export function recordOf(reference: string, row: Row | undefined): SealedRecord | 'destroyed' | undefined {
  if (row === undefined) return undefined;
  if (row.destroyed !== false) return 'destroyed';
  const { kind, about, wrapped_key: wrappedKey, blob } = row;
  if (
    !isSealedKind(kind) ||
    typeof about !== 'string' ||
    !(wrappedKey instanceof Uint8Array) ||
    !(blob instanceof Uint8Array)
  ) {
    throw new SealedStoreUnavailable('damaged', `the row of ${reference} has another form than it was written in`);
  }
  // Copies: pg hands out pieces of the buffer that the whole answer came in.
  return { reference, kind, wrappedKey: Uint8Array.from(wrappedKey), blob: Uint8Array.from(blob), about };
}
