/** A file that holds or guards a secret is not as it must be. The message names path, expectation and finding, never content. */
export class PrivateFileError extends Error {
  override readonly name = 'PrivateFileError';
  constructor(
    /** What the file is, as messages call it: `key file`, `seal file`. */
    readonly kind: string,
    readonly path: string,
    readonly expected: string,
    readonly found: string,
    options?: ErrorOptions,
  ) {
    super(`${kind} ${path}: expected ${expected}, found ${found}`, options);
  }
}

/** A file with the name that its messages call it by. */
export interface PrivateFile {
  readonly kind: string;
  readonly path: string;
  /** The file must not lie in here: whoever copies the folder would have the secret beside what it protects. */
  readonly outside?: string;
}

export function refused(file: PrivateFile, expected: string, found: string, cause?: unknown): PrivateFileError {
  return new PrivateFileError(file.kind, file.path, expected, found, { cause });
}

/** The code of a file system error (`ENOENT` …), or undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
