import { KmsError } from '@claviger/domain';
import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { CallRequest } from '../call.js';
import { queryOf } from '../query.js';

/** Nest's numbers for parameters of a handler. */
const BODY = 3;
const QUERY = 4;

/** Every route takes this one. */
const ALWAYS = 'region';

/**
 * Refuses a body or query where the route has none: a caller who sends `{"version": 2}` to an operation that takes no version must not
 * believe that it counted. What routes do take is checked by the validation pipe.
 * @throws KmsError Validation
 */
export function assertNothingExtra(request: CallRequest, context: ExecutionContext): void {
  const takes = parametersOf(context);
  if (!takes.has(BODY) && !isEmpty(request.body)) {
    throw new KmsError('Validation', 'This operation takes no body.', { argument: 'body' });
  }
  const unknown = takes.has(QUERY) ? undefined : Object.keys(queryOf(request)).find((name) => name !== ALWAYS);
  if (unknown !== undefined) {
    const argument = unknown.slice(0, 64);
    throw new KmsError('Validation', `This operation takes no query parameter ${JSON.stringify(argument)}.`, {
      argument,
    });
  }
}

function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0);
}

/** Keys of the metadata look like `3:0`: kind and index. */
function parametersOf(context: ExecutionContext): ReadonlySet<number> {
  const found: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name);
  if (typeof found !== 'object' || found === null) return new Set();
  return new Set(Object.keys(found).map((key) => Number(key.split(':', 1)[0])));
}
