import type { Metrics } from '@claviger/platform';
import type { FastifyInstance } from 'fastify';
import type { Readiness } from '../readiness.js';

/** Records that each read model has not folded yet, by its name. */
export type Backlog = () => Promise<Readonly<Record<string, number>>>;

/**
 * `/health/live`: the process answers. `/health/ready`: 200 only when a call could be served, else 503 with the reasons; warnings with
 * either. `/metrics`: Prometheus text. None of them names a principal or a path; a warning may name a few keys by their ids, which are no
 * secret: every ciphertext bears one.
 */
export function registerHealth(
  fastify: FastifyInstance,
  readiness: () => Readiness,
  metrics: Metrics,
  backlog: Backlog,
): void {
  const behind = metrics.gauge('claviger_projection_backlog', 'Records that a read model has not folded yet', [
    'projection',
  ]);
  fastify.get('/health/live', async () => ({ status: 'live' }));
  fastify.get('/health/ready', async (_, reply) => {
    const { notReady, warnings } = readiness();
    const more = warnings.length === 0 ? {} : { warnings };
    if (notReady.length === 0) return { status: 'ready', ...more };
    return reply.code(503).send({ status: 'not ready', reasons: notReady, ...more });
  });
  fastify.get('/metrics', async (_, reply) => {
    for (const [projection, count] of Object.entries(await backlog())) behind.set(count, { projection });
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.render());
  });
}
