/** The command was understood and could not be done, or was refused: exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    message: string,
    /** For programs: what the service said, where it said something. */
    readonly problem?: unknown,
  ) {
    super(message);
  }
}

/** The command cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
