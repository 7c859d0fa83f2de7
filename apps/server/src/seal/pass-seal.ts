import { type AuditTrail, type Credentials, UnsealRecord } from '@claviger/application';
import type { Settings } from '@claviger/platform';
import type { Seal } from '@claviger/ports';
import { portOf, urlOf } from '../http/address.js';
import { httpAdapter } from '../http/adapter.js';
import { closeWire } from '../http/close.js';
import type { ClosedSeal, FoundSeal } from '../profiles/seal.js';
import type { Surroundings } from '../surroundings.js';
import { SealGate } from './seal-gate.js';
import { registerSealedRoutes } from './sealed-routes.js';

/** The process was told to end while its seal was closed. Nothing was opened, so there is nothing to put in order. */
export class StoppedWhileSealed extends Error {
  override readonly name = 'StoppedWhileSealed';
}

/** An open seal, and what is left of the time in which it was closed. */
export interface PassedSeal {
  readonly seal: Seal;
  /** The port to go on with. */
  readonly port: number;
  /** Puts on record who opened it. To be called before the first call is served. */
  record(trail: AuditTrail, credentials: Credentials): Promise<void>;
  /** Frees the port. Idempotent. */
  closeWire(): Promise<void>;
  /** Forgets the root key. */
  close(): void;
}

/**
 * Waits until the seal is open. Until the service itself listens, the same port tells that it is sealed, and takes what opens it.
 * @throws StoppedWhileSealed
 */
export async function passSeal(
  found: FoundSeal,
  settings: Settings,
  surroundings: Surroundings,
  stop: AbortSignal | undefined,
): Promise<PassedSeal> {
  const gauge = surroundings.metrics.gauge('claviger_sealed', 'Is the root key out of reach? 1: nothing is served');
  gauge.set(found.state === 'open' ? 0 : 1);
  if (found.state !== 'open') {
    const passed = await passClosed(found, settings, surroundings, stop);
    gauge.set(0);
    return passed;
  }
  const { seal } = found;
  return {
    seal,
    port: settings.port,
    record: async () => undefined,
    closeWire: async () => undefined,
    close: () => seal.seal(),
  };
}

async function passClosed(
  found: ClosedSeal,
  settings: Settings,
  surroundings: Surroundings,
  stop: AbortSignal | undefined,
): Promise<PassedSeal> {
  const { clock, logger } = surroundings;
  const gate = new SealGate(found, clock, logger);
  const fastify = httpAdapter(settings).getInstance();
  registerSealedRoutes(fastify, { gate, ...surroundings });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeWire(fastify.server, () => fastify.close(), clock));
  try {
    await fastify.listen({ port: settings.port, host: settings.host });
    const port = portOf(fastify.server.address(), settings);
    const [reason] = gate.reasons();
    logger.warn('sealed: nothing is served until an operator opens the seal', { url: urlOf(settings, port), reason });
    const seal = await Promise.race([gate.opened, aborted(stop)]);
    const [region] = settings.regions;
    return {
      seal,
      port,
      record: (trail, credentials) =>
        new UnsealRecord(trail, credentials, settings.account, region).write(gate.tries.all(), gate.tries.dropped),
      closeWire: close,
      close: () => seal.seal(),
    };
  } catch (error) {
    gate.tries.wipe();
    await close();
    throw error;
  }
}

function aborted(stop: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(new StoppedWhileSealed('stopped while the seal was closed'));
    if (stop?.aborted === true) end();
    else stop?.addEventListener('abort', end, { once: true });
  });
}
