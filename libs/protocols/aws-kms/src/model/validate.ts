import { checkConditions } from './conditional.js';
import { operationFacts, shapeNamed } from './facts.js';
import type { OperationInputs } from './inputs.js';
import { type StructureReader, structureReader } from './readers.js';
import { type InputResult, Violations, WrongJsonType } from './result.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const notJson = { ok: false, error: { type: 'SerializationException', message: undefined } } as const;

/**
 * Parses a request body: UTF-8 JSON whose outermost value is an object. An empty body is an empty object.
 * Nesting needs no limit: the parser does not recurse, and validation descends only where the model has members.
 */
export function parseBody(body: Uint8Array): InputResult<object> {
  if (body.byteLength === 0) {
    return { ok: true, input: {} };
  }
  try {
    const value: unknown = JSON.parse(utf8.decode(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ok: true, input: value } : notJson;
  } catch {
    return notJson;
  }
}

/** One compiled reader per operation with input, made at load. */
const readers: ReadonlyMap<string, StructureReader> = new Map(
  [...operationFacts].flatMap(([operation, facts]): [string, StructureReader][] => {
    const shape = facts.input === undefined ? undefined : shapeNamed(facts.input);
    return shape?.type === 'structure' ? [[operation, structureReader(shape)]] : [];
  }),
);

/**
 * Checks a parsed body against the operation's facts. A JSON value of the wrong type answers SerializationException at
 * once; broken constraints are collected into one ValidationException. Members the model does not know are ignored,
 * null members are absent. Total: the result never depends on anything but the arguments, and nothing is thrown.
 */
export function readInput<Operation extends keyof OperationInputs>(
  operation: Operation,
  body: object,
): InputResult<OperationInputs[Operation]> {
  const result = readAnyInput(operation, body);
  // The reader was compiled from the facts that the type was generated from.
  return result as InputResult<OperationInputs[Operation]>;
}

/** The same for an operation known by name only; without a model for it every body passes, as an empty input. */
export function readAnyInput(operation: string, body: object): InputResult<object> {
  const read = readers.get(operation);
  if (read === undefined) {
    return { ok: true, input: {} };
  }
  const violations = new Violations();
  try {
    const input = read(body, '', violations);
    checkConditions(operation, input, violations);
    if (!violations.isEmpty) {
      return { ok: false, error: violations.toError() };
    }
    return { ok: true, input };
  } catch (error) {
    if (error instanceof WrongJsonType) {
      return { ok: false, error: { type: 'SerializationException', message: error.message } };
    }
    throw error;
  }
}
