import type { Bounds, Shape } from './facts.js';

/** One constraint on a value: what AWS says when it is broken, and whether a value breaks it. */
export interface Constraint<T> {
  readonly says: string;
  readonly broken: (value: T) => boolean;
}

type StringShape = Extract<Shape, { type: 'string' }>;

/** Length, enum and pattern of a string, in the order in which AWS lists them. Length counts UTF-16 units. */
export function stringConstraints(shape: StringShape): readonly Constraint<string>[] {
  const constraints: Constraint<string>[] = [
    ...sizeConstraints<string>(shape.bounds, 'length', (value) => value.length),
  ];
  if (shape.pattern !== undefined) {
    const pattern = wholeMatch(shape.pattern);
    constraints.push({
      says: `Member must satisfy regular expression pattern: ${shape.pattern}`,
      broken: (value) => !pattern.test(value),
    });
  }
  if (shape.values !== undefined) {
    const values = new Set(shape.values);
    constraints.push({
      says: `Member must satisfy enum value set: [${shape.values.join(', ')}]`,
      broken: (value) => !values.has(value),
    });
  }
  return constraints;
}

/** Bounds on a length or a value, both inclusive; the upper one first, as AWS lists them. */
export function sizeConstraints<T>(
  bounds: Bounds,
  what: 'length' | 'value',
  sizeOf: (value: T) => number,
): readonly Constraint<T>[] {
  const { min, max } = bounds;
  const constraints: Constraint<T>[] = [];
  if (max !== undefined) {
    constraints.push({
      says: `Member must have ${what} less than or equal to ${max}`,
      broken: (value) => sizeOf(value) > max,
    });
  }
  if (min !== undefined && !(what === 'length' && min === 0)) {
    constraints.push({
      says: `Member must have ${what} greater than or equal to ${min}`,
      broken: (value) => sizeOf(value) < min,
    });
  }
  return constraints;
}

/**
 * The model's patterns are matched against the whole value, with Java's meaning: `\s` is the six ASCII characters only,
 * which in JavaScript it is not.
 */
function wholeMatch(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replaceAll('\\s', ' \\t\\n\\x0B\\f\\r')})$`);
}
