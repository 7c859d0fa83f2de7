import json from './facts.json' with { type: 'json' };

/** One shape of the service model; `members`, `member`, `key` and `value` name other shapes. */
export type Shape =
  | {
      readonly type: 'string';
      readonly bounds: Bounds;
      readonly pattern?: string;
      readonly values?: readonly string[];
      readonly sensitive: boolean;
    }
  | { readonly type: 'blob'; readonly bounds: Bounds }
  | { readonly type: 'integer'; readonly bounds: Bounds }
  | { readonly type: 'boolean' }
  | { readonly type: 'timestamp' }
  | { readonly type: 'list'; readonly bounds: Bounds; readonly member: string }
  | { readonly type: 'map'; readonly key: string; readonly value: string }
  | {
      readonly type: 'structure';
      readonly members: ReadonlyMap<string, string>;
      readonly required: ReadonlySet<string>;
    };

/** Smallest and largest length (strings, lists), size in bytes (blobs) or value (integers), both inclusive. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

export interface OperationFacts {
  readonly input?: string;
  readonly output?: string;
  /** Names of the exceptions that the model declares for it. */
  readonly errors: readonly string[];
}

interface JsonShape {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: boolean;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, string>>;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
}

const jsonShapes: Readonly<Record<string, JsonShape>> = json.shapes;
const jsonOperations: Readonly<Record<string, OperationFacts>> = json.operations;

/** `X-Amz-Target` is this, a full stop, and the operation's name. */
export const targetPrefix: string = json.targetPrefix;

/** Every operation the service has, with its shapes; the names in `namedOnlyOperations` are not among them. */
export const operationFacts: ReadonlyMap<string, OperationFacts> = new Map(Object.entries(jsonOperations));

/** Operations newer than the model: known by name, answered as unsupported. */
export const namedOnlyOperations: ReadonlySet<string> = new Set(json.namedOnly);

const shapes: ReadonlyMap<string, Shape> = new Map(
  Object.entries(jsonShapes).map(([name, shape]) => [name, readShape(name, shape)]),
);

/** Throws if the table has no such shape: a fault of the table, met when validators are compiled, never by a request. */
export function shapeNamed(name: string): Shape {
  const shape = shapes.get(name);
  if (shape === undefined) {
    throw new Error(`facts.json has no shape ${name}`);
  }
  return shape;
}

function readShape(name: string, shape: JsonShape): Shape {
  const bounds: Bounds = { min: shape.min, max: shape.max };
  switch (shape.type) {
    case 'string':
      return {
        type: 'string',
        bounds,
        pattern: shape.pattern,
        values: shape.enum,
        sensitive: shape.sensitive === true,
      };
    case 'blob':
    case 'integer':
      return { type: shape.type, bounds };
    case 'boolean':
    case 'timestamp':
      return { type: shape.type };
    case 'list':
      return { type: 'list', bounds, member: shape.member ?? '' };
    case 'map':
      return { type: 'map', key: shape.key ?? '', value: shape.value ?? '' };
    case 'structure':
      return {
        type: 'structure',
        members: new Map(Object.entries(shape.members ?? {})),
        required: new Set(shape.required ?? []),
      };
    default:
      throw new Error(`facts.json: shape ${name} has the unknown type ${shape.type}`);
  }
}
