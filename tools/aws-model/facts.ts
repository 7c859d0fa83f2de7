import type { Extension } from './extension.js';
import type { ModelShape, ServiceModel } from './model.js';

/** One shape as the server needs it: no prose, no deprecation notes. Members name other shapes. */
export interface FactShape {
  type: string;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: readonly string[];
  sensitive?: true;
  required?: readonly string[];
  members?: Record<string, string>;
  member?: string;
  key?: string;
  value?: string;
}

export interface FactOperation {
  input?: string;
  output?: string;
  errors: readonly string[];
}

export interface Facts {
  apiVersion: string;
  jsonVersion: string;
  targetPrefix: string;
  namedOnly: readonly string[];
  operations: Record<string, FactOperation>;
  shapes: Record<string, FactShape>;
}

const SCALARS = ['string', 'integer', 'boolean', 'blob', 'timestamp'];

/** Reduces the model to facts, applies the extension, and keeps only shapes that some operation reaches. */
export function factsOf(model: ServiceModel, extension: Extension): Facts {
  const shapes = new Map<string, FactShape>();

  const visit = (name: string): void => {
    if (shapes.has(name)) {
      return;
    }
    const source = model.shapes[name];
    if (source === undefined) {
      throw new Error(`the model refers to a shape it does not have: ${name}`);
    }
    const shape = factShape(name, source, extension);
    shapes.set(name, shape);
    for (const inner of [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value]) {
      if (inner !== undefined) {
        visit(inner);
      }
    }
  };

  const operations: Record<string, FactOperation> = {};
  for (const name of Object.keys(model.operations).sort()) {
    const operation = model.operations[name];
    const entry: FactOperation = { errors: (operation?.errors ?? []).map((error) => error.shape).sort() };
    if (operation?.input !== undefined) {
      visit(operation.input.shape);
      entry.input = operation.input.shape;
    }
    if (operation?.output !== undefined) {
      visit(operation.output.shape);
      entry.output = operation.output.shape;
    }
    operations[name] = entry;
  }
  narrowMembers(shapes, extension);

  const sorted: Record<string, FactShape> = {};
  for (const name of [...shapes.keys()].sort()) {
    const shape = shapes.get(name);
    if (shape !== undefined) {
      sorted[name] = shape;
    }
  }
  const { apiVersion, jsonVersion, targetPrefix } = model.metadata;
  return { apiVersion, jsonVersion, targetPrefix, namedOnly: extension.namedOnly, operations, shapes: sorted };
}

function factShape(name: string, source: ModelShape, extension: Extension): FactShape {
  const shape: FactShape = { type: source.type };
  if (source.min !== undefined) shape.min = source.min;
  if (source.max !== undefined) shape.max = source.max;
  if (source.pattern !== undefined) shape.pattern = source.pattern;
  if (source.enum !== undefined) shape.enum = [...source.enum, ...(extension.enumValues[name] ?? [])];
  if (source.sensitive === true) shape.sensitive = true;
  if (source.type === 'structure') {
    if (source.required !== undefined && source.required.length > 0) shape.required = source.required;
    shape.members = {};
    for (const [member, reference] of Object.entries(source.members ?? {})) {
      shape.members[member] = reference.shape;
    }
  } else if (source.type === 'list') {
    shape.member = source.member?.shape;
  } else if (source.type === 'map') {
    shape.key = source.key?.shape;
    shape.value = source.value?.shape;
  } else if (!SCALARS.includes(source.type)) {
    throw new Error(`shape ${name} has a type this generator does not know: ${source.type}`);
  }
  return shape;
}

/** Gives a member with bounds of its own a copy of its shape, named after structure and member. */
function narrowMembers(shapes: Map<string, FactShape>, extension: Extension): void {
  for (const [path, bounds] of Object.entries(extension.memberBounds)) {
    const [structureName = '', member = ''] = path.split('.');
    const members = shapes.get(structureName)?.members;
    const shape = shapes.get(members?.[member] ?? '');
    if (members === undefined || shape === undefined) {
      throw new Error(`the extension narrows a member that the model does not have: ${path}`);
    }
    const own = structureName.replace(/Request$/, '') + member;
    shapes.set(own, { ...shape, ...bounds });
    members[member] = own;
  }
}

/** One line per operation and shape: short, and a diff shows what a newer model changed. */
export function printFacts(facts: Facts): string {
  const block = (entries: Record<string, unknown>): string =>
    Object.entries(entries)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n');
  return [
    '{',
    `  "apiVersion": ${JSON.stringify(facts.apiVersion)},`,
    `  "jsonVersion": ${JSON.stringify(facts.jsonVersion)},`,
    `  "targetPrefix": ${JSON.stringify(facts.targetPrefix)},`,
    `  "namedOnly": ${JSON.stringify(facts.namedOnly)},`,
    `  "operations": {\n${block(facts.operations)}\n  },`,
    `  "shapes": {\n${block(facts.shapes)}\n  }`,
    '}',
    '',
  ].join('\n');
}
