import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import {
  InMemoryMetrics,
  JsonLogger,
  loadSettings,
  type Logger,
  type Settings,
  SettingsError,
  SystemClock,
  SystemIds,
} from '@claviger/platform';
import { type RunningServer, startServer } from './server.js';

const DRAIN_WITHIN_MS = 25_000;

/** The real process: environment, clock, signals, exit codes. */
export async function run(): Promise<void> {
  // Every file that is made from here on is the owner's only.
  process.umask(0o077);
  const clock = new SystemClock();
  const settings = readSettings(new JsonLogger({ clock, level: 'info' }));
  const logger = new JsonLogger({ clock, level: settings.logLevel });
  process.on('uncaughtException', (error) => die(logger, 'an error that nobody caught', error));
  process.on('unhandledRejection', (error) => die(logger, 'a rejection that nobody caught', error));
  let server: RunningServer;
  try {
    server = await startServer(settings, {
      clock,
      ids: new SystemIds(clock),
      logger,
      metrics: new InMemoryMetrics(),
      terminal: { isTty: process.stdout.isTTY === true, print: (text) => process.stdout.write(`${text}\n`) },
    });
  } catch (error) {
    // The sentence is for people; the stack is only of use where the error is a surprise.
    const expected = error instanceof Error && EXPECTED.has(error.name);
    logger.error(expected ? error.message : 'the service could not start', expected ? {} : { error });
    process.exit(1);
  }
  const stop = (signal: string): void => {
    logger.info('stopping', { signal });
    setTimeout(() => die(logger, `not drained after ${DRAIN_WITHIN_MS / 1000} s`, undefined), DRAIN_WITHIN_MS).unref();
    server.stop().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => die(logger, 'stopping failed', error),
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
}

/** Errors whose message says all that an operator needs. */
const EXPECTED = new Set([
  'DataFolderLocked',
  'KeyFileError',
  'KeyFileRefused',
  'AnchorDamaged',
  'FirstStartRefused',
  'JournalDamaged',
]);

function readSettings(logger: Logger): Settings {
  try {
    const { settings, warnings } = loadSettings(process.env, (path) => readFileSync(path, 'utf8'));
    for (const warning of warnings) logger.warn(warning);
    // Secrets of the first start have been read; nothing that this process starts or prints needs them.
    for (const name of Object.keys(process.env)) if (name.startsWith('CLAVIGER_BOOTSTRAP_')) delete process.env[name];
    return settings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const { setting, expected, found } of error.problems)
      logger.error(`${setting}: expected ${expected}, found ${found}`);
    process.exit(1);
  }
}

function die(logger: Logger, message: string, error: unknown): never {
  logger.error(message, { error });
  process.exit(1);
}
