/** The key file is not as it must be. The message names path, expectation and finding, never content. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  constructor(
    readonly path: string,
    readonly expected: string,
    readonly found: string,
    options?: ErrorOptions,
  ) {
    super(`key file ${path}: expected ${expected}, found ${found}`, options);
  }
}

/** The code of a file system error (`ENOENT` …), or undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
