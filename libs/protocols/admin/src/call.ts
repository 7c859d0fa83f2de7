import type { CallContext } from '@claviger/application';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** A request after the guard: it carries the call that was made of it. */
export interface CallRequest extends FastifyRequest {
  call?: CallContext;
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
export const Call = createParamDecorator((_: unknown, context: ExecutionContext): CallContext => {
  const { call } = context.switchToHttp().getRequest<CallRequest>();
  if (call === undefined) throw new Error('a route without the guard has no call');
  return call;
});
