import type { Command } from 'commander';
import type { Io } from './io.js';

/** What every command gets. */
export interface Cli {
  readonly io: Io;
  /** The exit code of a command that ends without an error. */
  readonly result: { code: number };
}

/** Adds one command to its group. */
export type AddCommand = (parent: Command, cli: Cli) => void;
