import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';

/** `--<name>-file` and `--<name>-fd`. */
export function secretOptions(command: Command, name: string, what: string): Command {
  return command
    .option(`--${name}-file <path>`, `file with ${what}; - reads the standard input`)
    .option(`--${name}-fd <n>`, `file descriptor to read ${what} from`, wholeNumber(`--${name}-fd`, 0, 1023));
}
