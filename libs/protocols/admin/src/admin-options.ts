import type { CallSource } from '@claviger/application';
import type { FastifyRequest } from 'fastify';

/** What the server tells this protocol. */
export abstract class AdminOptions {
  /** The first is the default. */
  abstract readonly regions: readonly [string, ...string[]];

  /** Where a request comes from, proxies considered. */
  abstract readonly sourceOf: (request: FastifyRequest) => CallSource;

  /** The key policy of keys whose creator gives none; JSON text. As other protocols make it, so that keys made here look the same there. */
  abstract readonly keyPolicy: (account: string) => string;
}
