import type { CallSource } from '@claviger/application';
import type { FastifyRequest } from 'fastify';

/** What the server tells this protocol. */
export abstract class AdminOptions {
  abstract readonly regions: readonly [string, ...string[]];
  abstract readonly sourceOf: (request: FastifyRequest) => CallSource;
}

/** Defaults that another protocol defines and the server hands over, so that keys made here look the same there. */
export abstract class AdminDefaults {
  /** The key policy of keys whose creator gives none; JSON text. */
  abstract readonly keyPolicy: (account: string) => string;
}
