import { type Constraint, sizeConstraints, stringConstraints } from './constraints.js';
import type { Shape } from './facts.js';
import { type Violations, WrongJsonType } from './result.js';

/** Reads one JSON value that is neither undefined nor null. Throws WrongJsonType; broken constraints are collected. */
export type Reader = (value: unknown, path: string, violations: Violations) => unknown;

export function stringReader(shape: Extract<Shape, { type: 'string' }>): Reader {
  const constraints = stringConstraints(shape);
  const hidden = shape.sensitive;
  return (value, path, violations) => {
    const text = readString(value);
    for (const constraint of constraints) {
      if (constraint.broken(text)) {
        violations.add(path, hidden ? undefined : text, constraint.says);
      }
    }
    return text;
  };
}

/** A lone surrogate has no UTF-8 form: two different values would become the same additional data or the same tag. */
export function readString(value: unknown): string {
  if (typeof value !== 'string') {
    throw wrongScalar(value, 'a String');
  }
  if (!value.isWellFormed()) {
    throw new WrongJsonType('A string is not well-formed Unicode');
  }
  return value;
}

export function blobReader(shape: Extract<Shape, { type: 'blob' }>): Reader {
  const constraints = sizeConstraints<Uint8Array>(shape.bounds, 'length', (value) => value.byteLength);
  return (value, path, violations) => {
    if (typeof value !== 'string') {
      throw wrongScalar(value, 'a Blob');
    }
    const bytes = decodeBase64(value);
    if (bytes === undefined) {
      throw new WrongJsonType(`The value of '${path}' is not valid Base64`);
    }
    collect(constraints, bytes, path, undefined, violations);
    return bytes;
  };
}

/**
 * Only the canonical text of RFC 4648 section 4: alphabet, padding, and zero in the unused bits of the last character.
 * The bytes are in memory of their own (not in Node's shared pool), so that they can be wiped.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) {
    return undefined;
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.alloc((text.length / 4) * 3 - padding);
  const written = bytes.write(text, 'base64');
  return written === bytes.byteLength && bytes.toString('base64') === text ? bytes : undefined;
}

export function integerReader(shape: Extract<Shape, { type: 'integer' }>): Reader {
  const constraints = sizeConstraints<number>(shape.bounds, 'value', (value) => value);
  return (value, path, violations) => {
    if (typeof value !== 'number') {
      throw wrongScalar(value, 'an Integer');
    }
    if (!Number.isSafeInteger(value)) {
      throw new WrongJsonType('NUMBER_VALUE can not be converted to an Integer');
    }
    collect(constraints, value, path, String(value), violations);
    return value;
  };
}

export function readBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw wrongScalar(value, 'a Boolean');
  }
  return value;
}

/** Epoch seconds with fraction, AWS JSON's form of a timestamp. */
export function readTimestamp(value: unknown): Date {
  if (typeof value !== 'number') {
    throw wrongScalar(value, 'milliseconds since epoch');
  }
  const date = new Date(value * 1000);
  if (Number.isNaN(date.getTime())) {
    throw new WrongJsonType('NUMBER_VALUE can not be converted to milliseconds since epoch');
  }
  return date;
}

function collect<T>(
  constraints: readonly Constraint<T>[],
  value: T,
  path: string,
  printed: string | undefined,
  violations: Violations,
): void {
  for (const constraint of constraints) {
    if (constraint.broken(value)) {
      violations.add(path, printed, constraint.says);
    }
  }
}

/** The message forms of the service's JSON reader: the token found, and the type wanted. */
function wrongScalar(value: unknown, wanted: string): WrongJsonType {
  switch (typeof value) {
    case 'string':
      return new WrongJsonType(`STRING_VALUE can not be converted to ${wanted}`);
    case 'number':
      return new WrongJsonType(`NUMBER_VALUE can not be converted to ${wanted}`);
    case 'boolean':
      return new WrongJsonType(`${value ? 'TRUE_VALUE' : 'FALSE_VALUE'} can not be converted to ${wanted}`);
    default:
      return startOf(value);
  }
}

export function startOf(value: unknown): WrongJsonType {
  return new WrongJsonType(
    Array.isArray(value)
      ? 'Start of list found where not expected'
      : 'Start of structure or map found where not expected.',
  );
}
