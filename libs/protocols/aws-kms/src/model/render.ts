import { operationFacts, shapeNamed } from './facts.js';
import type { OperationOutputs } from './outputs.js';

type Render = (value: unknown) => unknown;

/** Text of the answer to an operation: model members only, in the model's order; absent ones are left out. */
export function renderOutput<Operation extends keyof OperationOutputs>(
  operation: Operation,
  output: OperationOutputs[Operation],
): string {
  const render = renderers.get(operation);
  // Operations without output answer an empty body, as AWS does.
  return render === undefined ? '' : JSON.stringify(render(output));
}

const renderers: ReadonlyMap<string, Render> = new Map(
  [...operationFacts].flatMap(([operation, facts]): [string, Render][] =>
    facts.output === undefined ? [] : [[operation, rendererOf(facts.output)]],
  ),
);

function rendererOf(shapeName: string): Render {
  const shape = shapeNamed(shapeName);
  switch (shape.type) {
    case 'string':
    case 'integer':
    case 'boolean':
    case 'map':
      return (value) => value;
    case 'blob':
      return (value) => (value instanceof Uint8Array ? base64(value) : undefined);
    case 'timestamp':
      return (value) => (value instanceof Date ? value.getTime() / 1000 : undefined);
    case 'list': {
      const render = rendererOf(shape.member);
      return (value) => (Array.isArray(value) ? value.map(render) : undefined);
    }
    case 'structure': {
      const members = [...shape.members].map(([name, target]) => ({ name, render: rendererOf(target) }));
      return (value) => {
        const source = value as Record<string, unknown>;
        const out: Record<string, unknown> = {};
        for (const { name, render } of members) {
          const item = source[name];
          if (item !== undefined) {
            out[name] = render(item);
          }
        }
        return out;
      };
    }
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
