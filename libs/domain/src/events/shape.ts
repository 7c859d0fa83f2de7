import { parseInstant } from '../instant.js';

/** A total check of parsed JSON. Members beyond the named ones are let pass and never read. */
export type Shape<T> = (value: unknown) => value is T;

export const text: Shape<string> = (value): value is string => typeof value === 'string';
export const flag: Shape<boolean> = (value): value is boolean => typeof value === 'boolean';
/** A whole number from 0 on that JSON carries exactly. */
export const count: Shape<number> = (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
/** ISO 8601, UTC. */
export const instant: Shape<string> = (value): value is string =>
  typeof value === 'string' && parseInstant(value) !== undefined;

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value): value is T | null =>
    value === null || shape(value);

export const listOf =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.every(shape);

export function oneOf<const T extends string>(...values: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(values);
  return (value): value is T => known.has(value);
}

export function record<T extends object>(members: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const checks = Object.entries<Shape<unknown>>(members);
  return (value): value is T => {
    if (typeof value !== 'object' || value === null) return false;
    for (const [name, shape] of checks) {
      // Inherited members are not members: `constructor` is no field of any event.
      if (!Object.hasOwn(value, name) || !shape(Reflect.get(value, name))) return false;
    }
    return true;
  };
}
