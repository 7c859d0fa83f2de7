export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The service's log. Fields say what a program may search for; the message is a fixed sentence.
 * Implementations never throw and never print a secret: see `redact`.
 */
export abstract class Logger {
  abstract debug(message: string, fields?: Record<string, unknown>): void;
  abstract info(message: string, fields?: Record<string, unknown>): void;
  abstract warn(message: string, fields?: Record<string, unknown>): void;
  abstract error(message: string, fields?: Record<string, unknown>): void;

  /** A logger that adds `fields` to each entry; an entry's own field of the same name wins. */
  abstract child(fields: Record<string, unknown>): Logger;
}
