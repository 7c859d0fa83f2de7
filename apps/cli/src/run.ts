import { CommanderError } from 'commander';
import { Failure, UsageError } from './failure.js';
import type { Io } from './io.js';
import { printable } from './output/printable.js';
import { makeProgram } from './program.js';

/** Runs one command. @param args without the program's name @returns the exit code: 0 done, 1 refused or failed, 2 not understood */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const result = { code: 0 };
  const program = makeProgram(io, result);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return result.code;
  } catch (error) {
    // Help and version are no failures; commander has printed what it has to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) {
      io.err(`claviger: ${printable(error.message)}\n`);
      return 2;
    }
    if (error instanceof Failure) {
      const asked = args.includes('--json') && error.problem !== undefined;
      io.err(asked ? `${JSON.stringify(error.problem, null, 2)}\n` : `claviger: ${printable(error.message)}\n`);
      return 1;
    }
    io.err(
      `claviger: an unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return 1;
  }
}
