import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, SystemClock } from '@claviger/platform';
import { secretReader } from './secrets/typed.js';

/** What a command has to do with the world around it. Tests bring their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Name of the zone that times are shown and read in. */
  readonly timeZone: string;
  /** Columns of the terminal that the answer goes to; undefined: a file or pipe, where nothing is cut. */
  readonly width: number | undefined;
  /** Is somebody watching? Then progress is shown. */
  readonly watched: boolean;
  /** The answer. */
  out(text: string): void;
  /** What is not the answer: errors, hints, progress. */
  err(text: string): void;
  sleep(ms: number): Promise<void>;
  /** A line that is typed without being shown, or the next line of what comes through a pipe. */
  secret(prompt: string): Promise<string>;
}

export function processIo(): Io {
  const { stdout, stderr, env } = process;
  // The reader of a pipe may leave (`| head`): then there is nothing more to say.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    env,
    clock: new SystemClock(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    width: stdout.isTTY ? stdout.columns : undefined,
    watched: stderr.isTTY,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    sleep: (ms) => sleep(ms),
    secret: secretReader(process.stdin, stderr),
  };
}
