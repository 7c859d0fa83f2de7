/**
 * The same value with every array of bytes in memory of its own. A message to another thread takes the whole memory behind a view
 * with it, and that may be a pool that holds other calls' bytes.
 */
export function compacted<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]));
}

/** Overwrites every array of bytes in `value`. */
export function wipeBytes(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0);
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) wipeBytes(member);
}
