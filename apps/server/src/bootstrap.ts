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
import { StoppedWhileSealed } from './seal/pass-seal.js';
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
  // Timers of the clock keep nothing alive: a start or a stop that waits for something would end the process without a word. It ends
  // where this file says so.
  setInterval(() => undefined, 60_000);
  const ended = new AbortController();
  const starting = startServer(
    settings,
    {
      clock,
      ids: new SystemIds(clock),
      logger,
      metrics: new InMemoryMetrics(),
      terminal: { isTty: process.stdout.isTTY === true, print: (text) => process.stdout.write(`${text}\n`) },
    },
    ended.signal,
  );
  const stop = once((why: Readonly<Record<string, string>>) => {
    logger.info('stopping', why);
    setTimeout(() => die(logger, `not drained after ${DRAIN_WITHIN_MS / 1000} s`, undefined), DRAIN_WITHIN_MS).unref();
    ended.abort();
    // What is just starting is started to its end, and then stopped in order. Why it could not is said below.
    starting.then((server) => stopped(server, logger)).catch(() => undefined);
  });
  process.once('SIGTERM', () => stop({ signal: 'SIGTERM' }));
  process.once('SIGINT', () => stop({ signal: 'SIGINT' }));
  const server = await starting.catch((error: unknown) => notStarted(logger, error));
  void server.sealOrdered.then(() => stop({ reason: 'sealed by an operator' }));
}

function stopped(server: RunningServer, logger: Logger): Promise<void> {
  return server.stop().then(
    () => {
      logger.info('stopped');
      process.exit(0);
    },
    (error: unknown) => die(logger, 'stopping failed', error),
  );
}

function notStarted(logger: Logger, error: unknown): never {
  if (error instanceof StoppedWhileSealed) {
    logger.info('stopped');
    process.exit(0);
  }
  // The sentence is for people; the stack is only of use where the error is a surprise.
  const expected = error instanceof Error && EXPECTED.has(error.name);
  logger.error(expected ? error.message : 'the service could not start', expected ? {} : { error });
  process.exit(1);
}

/** Only the first of several reasons to stop counts. */
function once<T>(work: (argument: T) => void): (argument: T) => void {
  let done = false;
  return (argument) => {
    if (done) return;
    done = true;
    work(argument);
  };
}

/** Errors whose message says all that an operator needs. */
const EXPECTED = new Set([
  'DataFolderLocked',
  'PrivateFileError',
  'KeyFileRefused',
  'AnchorDamaged',
  'FirstStartRefused',
  'JournalDamaged',
  'SealFileInvalid',
  'SealDoesNotFit',
  'SealUnreachable',
  'Pkcs11SealRefused',
  'SealedStoreUnavailable',
  'ServerAddressInvalid',
  'InvalidConnectionString',
  'EventStoreUnavailable',
  'Pkcs11SettingsError',
  'RestoreUnfinished',
  'RestoredDataForged',
  'RestoreMarkUnreadable',
  'TokenRefused',
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
