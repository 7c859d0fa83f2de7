import type { CallContext } from '@claviger/application';
import { AwsError } from '../errors.js';
import { namedOnlyOperations, operationFacts, targetPrefix } from '../model/facts.js';
import { renderOutput } from '../model/render.js';
import type { InputResult } from '../model/result.js';
import { parseBody, readInput } from '../model/validate.js';
import { unsupported } from './arguments.js';
import type { Application, OperationName } from './operation.js';
import { operations } from './table.js';

/** What an X-Amz-Target header names. */
export type Target =
  | { readonly kind: 'offered'; readonly name: OperationName }
  /** An operation of AWS KMS that this service does not have. */
  | { readonly kind: 'not-offered'; readonly name: string }
  /** `name` is a constant: what a caller made up must not become the name of an operation in records and metrics. */
  | { readonly kind: 'unknown'; readonly name: 'Unknown' };

const UNKNOWN: Target = { kind: 'unknown', name: 'Unknown' };

const isOffered = (name: string): name is OperationName => Object.hasOwn(operations, name);

const targets: ReadonlyMap<string, Target> = new Map(
  [...operationFacts.keys(), ...namedOnlyOperations].map((name): [string, Target] => [
    `${targetPrefix}.${name}`,
    isOffered(name) ? { kind: 'offered', name } : { kind: 'not-offered', name },
  ]),
);

/** Total: anything but an operation of AWS KMS, an absent header too, is unknown. */
export const readTarget = (header: string | undefined): Target =>
  (header === undefined ? undefined : targets.get(header)) ?? UNKNOWN;

/** The media type, with or without parameters. */
const isAwsJson = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^application\/x-amz-json-1\.1[ \t]*(?:;|$)/i.test(contentType);

/**
 * Checks the request of a known caller and carries it out.
 * @returns the text of the answer
 * @throws KmsError, at once or in the promise
 */
export function perform(
  call: CallContext,
  target: Target,
  contentType: string | undefined,
  body: Uint8Array,
  application: Application,
): Promise<string> {
  // A body in another protocol names no operation of this one.
  if (!isAwsJson(contentType)) {
    throw unknownOperation();
  }
  switch (target.kind) {
    case 'offered':
      return run(target.name, call, body, application);
    case 'not-offered':
      throw unsupported(`${target.name} is not offered by this service.`);
    case 'unknown':
      throw unknownOperation();
  }
}

async function run<Name extends OperationName>(
  name: Name,
  call: CallContext,
  body: Uint8Array,
  application: Application,
): Promise<string> {
  const input = accepted(readInput(name, accepted(parseBody(body))));
  try {
    const output = await operations[name](call, input, application);
    try {
      return renderOutput(name, output);
    } finally {
      wipePlaintext(output);
    }
  } finally {
    wipePlaintext(input);
  }
}

function accepted<T>(result: InputResult<T>): T {
  if (result.ok) {
    return result.input;
  }
  throw new AwsError(result.error.type, 'Validation', result.error.message ?? '');
}

/** The bytes were made for this call alone. Their base64 text, in request and answer, stays until it is collected. */
function wipePlaintext(members: object): void {
  if ('Plaintext' in members && members.Plaintext instanceof Uint8Array) {
    members.Plaintext.fill(0);
  }
}

const unknownOperation = (): AwsError => new AwsError('UnknownOperationException', 'Unsupported', '');
