import type { CallSource } from '@claviger/application';
import type { FastifyRequest } from 'fastify';

const MOST_USER_AGENT = 512;

/** Where a request comes from. Fastify has read forwarded headers already, where they come from a proxy that is trusted. */
export function sourceOf(request: FastifyRequest): CallSource {
  const agent = request.headers['user-agent'];
  return { address: request.ip, userAgent: agent === undefined ? null : agent.slice(0, MOST_USER_AGENT) };
}
