import { JsonLogger, type Logger, SystemClock } from '@claviger/platform';

/** For suites that do not look at the log. */
export const silent: Logger = new JsonLogger({ clock: new SystemClock(), level: 'error', sink: () => undefined });
