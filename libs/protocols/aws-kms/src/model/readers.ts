import { sizeConstraints, stringConstraints } from './constraints.js';
import { type Shape, shapeNamed } from './facts.js';
import { type Violations, WrongJsonType } from './result.js';
import {
  blobReader,
  integerReader,
  readBoolean,
  type Reader,
  readString,
  readTimestamp,
  startOf,
  stringReader,
} from './scalars.js';

/** A reader whose result is an object with every member of the structure, absent ones undefined. */
export type StructureReader = (value: unknown, path: string, violations: Violations) => Record<string, unknown>;

/** Compiles the reader of a shape, once per use of the shape; the model has no recursive shapes. */
function readerOf(shapeName: string): Reader {
  const shape = shapeNamed(shapeName);
  switch (shape.type) {
    case 'string':
      return stringReader(shape);
    case 'blob':
      return blobReader(shape);
    case 'integer':
      return integerReader(shape);
    case 'boolean':
      return readBoolean;
    case 'timestamp':
      return readTimestamp;
    case 'list':
      return listReader(shape);
    case 'map':
      return mapReader(shape);
    case 'structure':
      return structureReader(shape);
  }
}

function listReader(shape: Extract<Shape, { type: 'list' }>): Reader {
  const sizes = sizeConstraints<readonly unknown[]>(shape.bounds, 'length', (value) => value.length);
  const memberShape = shapeNamed(shape.member);
  // A bad string inside a list is reported at the list, with everything its members must satisfy.
  const members = memberShape.type === 'string' ? stringConstraints(memberShape) : [];
  const membersSay = `Member must satisfy constraint: [${members.map((constraint) => constraint.says).join(', ')}]`;
  const read = memberShape.type === 'string' ? readString : readerOf(shape.member);
  return (value, path, violations) => {
    if (!Array.isArray(value)) {
      throw typeof value === 'object' ? startOf(value) : new WrongJsonType('Expected list or null');
    }
    const items: readonly unknown[] = value;
    const out: unknown[] = [];
    let memberBroken = false;
    for (const [index, item] of items.entries()) {
      if (item === null) {
        violations.addNull(`${path}.${index + 1}.member`);
        continue;
      }
      const got = read(item, `${path}.${index + 1}.member`, violations);
      memberBroken ||= typeof got === 'string' && members.some((constraint) => constraint.broken(got));
      out.push(got);
    }
    const sizeBroken = sizes.filter((constraint) => constraint.broken(items));
    if (memberBroken || sizeBroken.length > 0) {
      const printed = memberShape.type === 'string' ? `[${out.join(', ')}]` : undefined;
      const said = [...(memberBroken ? [membersSay] : []), ...sizeBroken.map((constraint) => constraint.says)];
      for (const says of said) {
        violations.add(path, printed, says);
      }
    }
    return out;
  };
}

function mapReader(shape: Extract<Shape, { type: 'map' }>): Reader {
  const readKey = readerOf(shape.key);
  const readValue = readerOf(shape.value);
  return (value, path, violations) => {
    const source = readObject(value);
    const out = withoutPrototype();
    for (const key of Object.keys(source)) {
      readKey(key, `${path}.key`, violations);
      const item = source[key];
      if (item === null) {
        violations.addNull(`${path}.${key}.member`);
      } else {
        out[key] = readValue(item, `${path}.${key}.member`, violations);
      }
    }
    return out;
  };
}

/** Reads the members that the model knows, in its order; unknown ones are ignored, as AWS does. */
export function structureReader(shape: Extract<Shape, { type: 'structure' }>): StructureReader {
  const members = [...shape.members].map(([name, target]) => ({
    name,
    segment: name.charAt(0).toLowerCase() + name.slice(1),
    required: shape.required.has(name),
    read: readerOf(target),
  }));
  return (value, path, violations) => {
    const source = readObject(value);
    const out: Record<string, unknown> = {};
    for (const member of members) {
      const item = Object.hasOwn(source, member.name) ? source[member.name] : undefined;
      if (item !== undefined && item !== null) {
        const at = path === '' ? member.segment : `${path}.${member.segment}`;
        out[member.name] = member.read(item, at, violations);
      } else {
        out[member.name] = undefined;
        if (member.required) {
          violations.addNull(path === '' ? member.segment : `${path}.${member.segment}`);
        }
      }
    }
    return out;
  };
}

function readObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    throw new WrongJsonType('Expected a structure or map');
  }
  if (Array.isArray(value)) {
    throw startOf(value);
  }
  return value as Record<string, unknown>;
}

/** Without a prototype `__proto__` and `constructor` are keys like any other. */
function withoutPrototype(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}
