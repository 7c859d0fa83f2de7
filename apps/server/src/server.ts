import { AuditTrail, Bootstrap, Credentials, Holds, Processes, RootRotations } from '@claviger/application';
import type { Clock, Settings } from '@claviger/platform';
import { canRotateRoot, type Seal } from '@claviger/ports';
import { ProblemFilter, registerAdminBodies, serveAdminDocument } from '@claviger/protocols/admin';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { DataLock } from './data-lock.js';
import { duties } from './duties.js';
import { firstStart } from './first-start.js';
import type { Surroundings } from './surroundings.js';
import { portOf, urlOf } from './http/address.js';
import { httpAdapter } from './http/adapter.js';
import { registerAws } from './http/aws.js';
import { closeWire } from './http/close.js';
import { registerHealth } from './http/health.js';
import { NestLogger } from './nest-logger.js';
import { openProfile } from './profiles/open.js';
import type { ProfileParts } from './profiles/parts.js';
import { openSeal } from './profiles/seal.js';
import { readinessOf } from './readiness.js';
import { refuseHalfRestored } from './restore/restored.js';
import { passSeal } from './seal/pass-seal.js';

export interface RunningServer {
  /** `http://127.0.0.1:7070` */
  readonly url: string;
  /** Resolves when an operator has sealed the service: the process is to stop, and to end. */
  readonly sealOrdered: Promise<void>;
  /** Takes no new calls, finishes the running ones, gives back reserved uses, closes everything. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts everything in the order in which it depends on each other; what was opened is closed again if a later step fails.
 * @param stop ends the wait for a seal that is closed
 * @throws StoppedWhileSealed, and what its steps throw
 */
export async function startServer(
  settings: Settings,
  surroundings: Surroundings,
  stop?: AbortSignal,
): Promise<RunningServer> {
  const { clock, logger, ids, metrics, terminal } = surroundings;
  const undo: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // 1. Nobody else uses this folder.
    const lock = DataLock.acquire(settings.data, clock.now());
    undo.push(() => lock.release());
    refuseHalfRestored(settings.data);
    // 2. The root of trust, then stores, journal, read models.
    const passed = await passSeal(await openSeal(settings, surroundings), settings, surroundings, stop);
    undo.push(() => passed.close());
    undo.push(() => passed.closeWire());
    const { seal } = passed;
    const opened = await openProfile(settings, seal, surroundings);
    undo.push(() => opened.close());
    const parts = surroundings.wrap?.(opened) ?? opened;
    const rotations = rotationsOf(seal, parts);
    undo.push(() => rotations?.stop());
    // 3. The application over them.
    const sealing = Promise.withResolvers<void>();
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.over(parts, settings, { seal, rotations, sealNow: () => sealing.resolve() }),
      httpAdapter(settings),
      {
        logger: new NestLogger(logger),
        abortOnError: false,
        // Protocols read their bodies themselves.
        bodyParser: false,
      },
    );
    undo.push(() => app.close());
    // 4. Data, anchor and clock must agree before the first call.
    const processes = app.get(Processes);
    const [region] = settings.regions;
    await processes.begin(settings.account, region);
    const { wire, admin, work } = duties(settings.role);
    if (admin) await firstStart(settings, app.get(Bootstrap), ids, logger, terminal);
    await passed.record(app.get(AuditTrail), app.get(Credentials));
    // 5. The wire.
    const fastify = app.getHttpAdapter().getInstance();
    const holds = app.get(Holds);
    registerHealth(
      fastify,
      () => readinessOf(parts, holds),
      metrics,
      () => parts.backlog(),
    );
    if (wire) await registerAws(app, settings);
    if (admin) {
      registerAdminBodies(fastify);
      app.useGlobalFilters(app.get(ProblemFilter));
      serveAdminDocument(app);
    }
    await passed.closeWire();
    await app.listen(passed.port, settings.host);
    processes.start(work);
    undo.push(() => processes.stop());
    rotations?.start(admin || work);
    const url = urlOf(settings, portOf(app.getHttpServer().address(), settings));
    logger.info('listening', {
      url,
      profile: settings.profile,
      role: settings.role,
      account: settings.account,
      regions: settings.regions,
    });
    let stopping: Promise<void> | undefined;
    return {
      url,
      sealOrdered: sealing.promise,
      stop: () => (stopping ??= drain(app, clock, closeAll)),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The wire first, so that running calls end and no new ones come; then the rest, in the reverse order of its start. */
async function drain(app: NestFastifyApplication, clock: Clock, closeAll: () => Promise<void>): Promise<void> {
  await closeWire(app.getHttpServer(), () => app.getHttpAdapter().getInstance().close(), clock);
  await closeAll();
}

function rotationsOf(seal: Seal, parts: ProfileParts): RootRotations | undefined {
  if (!canRotateRoot(seal)) return undefined;
  const { backup, wrappedElsewhere: elsewhere, rootSettlesMs: settleMs, clock, logger } = parts;
  return new RootRotations({ seal, store: backup.sealed, elsewhere, clock, logger, settleMs });
}
