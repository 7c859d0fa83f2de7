import { Bootstrap, Holds, Processes } from '@claviger/application';
import type { Clock, Settings } from '@claviger/platform';
import { ProblemFilter, registerAdminBodies, serveAdminDocument } from '@claviger/protocols/admin';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { DataLock } from './data-lock.js';
import { firstStart } from './first-start.js';
import type { Surroundings } from './surroundings.js';
import { httpAdapter } from './http/adapter.js';
import { registerAws } from './http/aws.js';
import { registerHealth } from './http/health.js';
import { NestLogger } from './nest-logger.js';
import { openEmbedded } from './profiles/embedded.js';
import type { ProfileParts } from './profiles/parts.js';

const CLOSE_IDLE_EVERY_MS = 50;
/** Longer than any call takes; shorter than what process managers wait before they kill. */
const ANSWER_WITHIN_MS = 8_000;

export interface RunningServer {
  /** `http://127.0.0.1:7070` */
  readonly url: string;
  /** Takes no new calls, finishes the running ones, gives back reserved uses, closes everything. Idempotent. */
  stop(): Promise<void>;
}

/** Starts everything in the order in which it depends on each other; what was opened is closed again if a later step fails. */
export async function startServer(settings: Settings, surroundings: Surroundings): Promise<RunningServer> {
  const { clock, logger, ids, metrics, terminal } = surroundings;
  const undo: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // 1. Nobody else uses this folder.
    const lock = DataLock.acquire(settings.data, clock.now());
    undo.push(() => lock.release());
    // 2. Seal, stores, journal, read models.
    const opened = await openEmbedded(settings, surroundings);
    undo.push(() => opened.close());
    const parts = surroundings.wrap?.(opened) ?? opened;
    // 3. The application over them.
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.over(parts, settings),
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
    await firstStart(settings, app.get(Bootstrap), ids, logger, terminal);
    // 5. The wire.
    const fastify = app.getHttpAdapter().getInstance();
    const holds = app.get(Holds);
    registerHealth(
      fastify,
      () => notReady(parts, holds),
      metrics,
      () => parts.backlog(),
    );
    await registerAws(app, settings);
    registerAdminBodies(fastify);
    app.useGlobalFilters(app.get(ProblemFilter));
    serveAdminDocument(app);
    await app.listen(settings.port, settings.host);
    processes.start();
    undo.push(() => processes.stop());
    const url = urlOf(settings, app);
    logger.info('listening', { url, profile: settings.profile, account: settings.account, regions: settings.regions });
    let stopping: Promise<void> | undefined;
    return {
      url,
      stop: () => (stopping ??= drain(app, clock, closeAll)),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The wire first, so that running calls end and no new ones come; then the rest, in the reverse order of its start. */
async function drain(app: NestFastifyApplication, clock: Clock, closeAll: () => Promise<void>): Promise<void> {
  const server = app.getHttpServer();
  // A connection that was busy when the server closed becomes idle with its answer, and would then stay until its client leaves.
  const idle = clock.every(CLOSE_IDLE_EVERY_MS, () => server.closeIdleConnections());
  // Clients that never finish their request do not hold up the others' stop.
  const all = clock.after(ANSWER_WITHIN_MS, () => server.closeAllConnections());
  try {
    await app.getHttpAdapter().getInstance().close();
  } finally {
    idle.cancel();
    all.cancel();
  }
  await closeAll();
}

function notReady(parts: ProfileParts, holds: Holds): readonly string[] {
  const reasons = [...parts.notReady()];
  if (holds.stopsUse) reasons.push('held for an operator: see `claviger operator report`');
  return reasons;
}

function urlOf(settings: Settings, app: NestFastifyApplication): string {
  const address = app.getHttpServer().address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return `${settings.tls === null ? 'http' : 'https'}://${host}:${port}`;
}
