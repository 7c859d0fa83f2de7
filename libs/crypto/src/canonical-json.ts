/** A JSON value (RFC 8259) as JavaScript holds it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/** Deeper nesting is refused, so that hostile input (or a cycle) ends in a TypeError and not in an exhausted stack. */
const MAX_DEPTH = 512;

/**
 * Canonical text of a JSON value: the JSON Canonicalization Scheme (RFC 8785). Members are sorted by UTF-16 code units, numbers and
 * strings take the form of ECMAScript's own serialisation, no white space.
 *
 * @throws TypeError for what JSON cannot hold: undefined (as a member too), functions, symbols, bigints, NaN, infinities, lone
 *   surrogates, holes, instances of classes (Date, Map, Uint8Array …), nesting deeper than 512
 */
export function canonicalJson(value: Json): string {
  return serialise(value, 0);
}

function serialise(value: unknown, depth: number): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (value === null || value === true || value === false) return String(value);
  if (typeof value !== 'object') throw new TypeError(`${typeof value} is not a JSON value`);
  if (depth >= MAX_DEPTH) throw new TypeError(`JSON nested deeper than ${MAX_DEPTH}`);
  return Array.isArray(value) ? canonicalArray(value, depth + 1) : canonicalObject(value, depth + 1);
}

/** RFC 8785 section 3.2.2.2. */
function canonicalString(value: string): string {
  // JSON.stringify would escape a lone surrogate; I-JSON (RFC 7493 section 2.1) has no such strings.
  if (!value.isWellFormed()) throw new TypeError('a lone surrogate is not a JSON string');
  return JSON.stringify(value);
}

/** RFC 8785 section 3.2.2.3: ECMAScript's Number::toString, in which -0 is 0. */
function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${String(value)} is not a JSON number`);
  return String(value);
}

function canonicalArray(value: readonly unknown[], depth: number): string {
  let text = '[';
  for (let i = 0; i < value.length; i++) text += (i === 0 ? '' : ',') + serialise(value[i], depth);
  return `${text}]`;
}

/** RFC 8785 section 3.2.3: Array.prototype.sort without a comparator orders by UTF-16 code units. */
function canonicalObject(value: object, depth: number): string {
  if (!isPlain(value)) throw new TypeError('an instance of a class is not a JSON object');
  if (Object.getOwnPropertySymbols(value).length > 0) throw new TypeError('a symbol is not a JSON member name');
  const members = value as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const name of Object.keys(value).sort()) {
    text += `${text.length === 1 ? '' : ','}${canonicalString(name)}:${serialise(members[name], depth)}`;
  }
  return `${text}}`;
}

/** Object literals of any realm: their prototype is null or has none itself. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
