import type { CallContext } from '@claviger/application';
import type { KmsError } from '@claviger/domain';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** A request on its way: what the guard found out about it. */
export interface CallRequest extends FastifyRequest {
  /** Set as soon as the guard has seen it; from then on somebody else answers for its record. */
  requestId?: string;
  call?: CallContext;
  /** What is wrong with its headers. Told only by the interceptor, so that the refusal of a known caller goes on record as theirs. */
  refusal?: KmsError;
}

const operations = new WeakMap<object, string>();

/** Names the operation of a route, as records and authorisation know it. Every route has one. */
export const Operation =
  (name: string): MethodDecorator =>
  (_, __, descriptor) => {
    if (typeof descriptor.value === 'function') operations.set(descriptor.value, name);
  };

/** The name given to a route's handler. */
export const operationOf = (handler: object): string | undefined => operations.get(handler);

/** The call of this request. */
export const Call = createParamDecorator(
  (_: unknown, context: ExecutionContext): CallContext => callOf(context.switchToHttp().getRequest<CallRequest>()),
);

export function callOf({ call }: CallRequest): CallContext {
  if (call === undefined) throw new Error('a route without the guard has no call');
  return call;
}
