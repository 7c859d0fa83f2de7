import { Clock } from '../clock.js';
import { LOG_LEVELS, Logger, type LogLevel } from './logger.js';
import { redact, redactText } from './redact.js';

/** Takes one entry, without a line break at its end. */
export type LogSink = (line: string) => void;

export interface JsonLoggerOptions {
  readonly clock: Clock;
  /** Entries below this level are dropped. */
  readonly level: LogLevel;
  /** Default: a line on stderr. */
  readonly sink?: LogSink;
}

// JSON leaves these raw inside strings; some log readers take them for the end of a line.
const LINE_BREAKS = /[\u007f\u0085\u2028\u2029]/g;

/** One JSON object per line: {time, level, message, …fields}. */
export class JsonLogger extends Logger {
  private readonly threshold: number;
  private readonly sink: LogSink;

  constructor(
    private readonly options: JsonLoggerOptions,
    private readonly bound: Record<string, unknown> = {},
  ) {
    super();
    this.threshold = LOG_LEVELS.indexOf(options.level);
    this.sink = options.sink ?? stderrSink();
  }

  override debug(message: string, fields?: Record<string, unknown>): void {
    this.write('debug', message, fields);
  }

  override info(message: string, fields?: Record<string, unknown>): void {
    this.write('info', message, fields);
  }

  override warn(message: string, fields?: Record<string, unknown>): void {
    this.write('warn', message, fields);
  }

  override error(message: string, fields?: Record<string, unknown>): void {
    this.write('error', message, fields);
  }

  override child(fields: Record<string, unknown>): Logger {
    return new JsonLogger({ ...this.options, sink: this.sink }, { ...this.bound, ...fields });
  }

  private write(level: LogLevel, message: string, fields: Record<string, unknown> | undefined): void {
    if (LOG_LEVELS.indexOf(level) < this.threshold) return;
    // A log that fails must not fail the call that it tells of, nor lose the sentence because of a field.
    try {
      let line: string;
      try {
        line = this.line(level, message, { ...this.bound, ...fields });
      } catch {
        line = this.line(level, message, { fields: '[unreadable]' });
      }
      this.sink(line);
    } catch {
      // Nothing is left to tell it to.
    }
  }

  private line(level: LogLevel, message: string, fields: Record<string, unknown>): string {
    const entry = Object.create(null) as Record<string, unknown>;
    entry['time'] = isoTime(this.options.clock.now());
    entry['level'] = level;
    entry['message'] = redactText(message);
    const own = redact(fields, level === 'error') as Record<string, unknown>;
    for (const [name, value] of Object.entries(own)) entry[name in entry ? `${name}_` : name] = value;
    return JSON.stringify(entry).replace(
      LINE_BREAKS,
      (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
}

function isoTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString();
}

let stderrGuarded = false;

function stderrSink(): LogSink {
  if (!stderrGuarded) {
    // A reader that went away (EPIPE) must not end a key service.
    process.stderr.on('error', () => undefined);
    stderrGuarded = true;
  }
  return (line) => process.stderr.write(`${line}\n`);
}
