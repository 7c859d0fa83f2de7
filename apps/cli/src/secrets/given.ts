import { readFileSync } from 'node:fs';
import { codeOf } from '../error-code.js';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';

/** Where a secret is to be read; never the secret itself. */
export interface SecretPlace {
  /** A file, or `-` for the standard input. */
  readonly file?: string | undefined;
  /** A file descriptor that whoever started this command has opened. */
  readonly fd?: number | undefined;
}

const MOST_BYTES = 4_096;

/**
 * The secret from where the options say, else from the terminal (or the standard input). Line breaks at its end are none of it.
 * @param name of the options, e.g. `--share`: `--share-file` and `--share-fd`
 * @throws UsageError
 */
export async function givenSecret(io: Io, { file, fd }: SecretPlace, name: string, prompt: string): Promise<string> {
  if (file !== undefined && fd !== undefined) throw new UsageError(`Name one of ${name}-file and ${name}-fd.`);
  const secret =
    fd !== undefined
      ? contentOf(fd, `${name}-fd ${fd}`)
      : file === undefined || file === '-'
        ? await io.secret(prompt)
        : contentOf(file, `${name}-file ${file}`);
  if (secret === '') throw new UsageError(`${prompt}: nothing was given.`);
  return secret;
}

/** The same, typed twice where it is typed: a slip in a new secret would lock everybody out. @throws UsageError */
export async function newSecret(io: Io, place: SecretPlace, name: string, prompt: string): Promise<string> {
  const secret = await givenSecret(io, place, name, prompt);
  const typed = place.fd === undefined && place.file === undefined;
  if (typed && (await io.secret(`${prompt} (again)`)) !== secret) throw new UsageError('The two are not the same.');
  return secret;
}

function contentOf(place: string | number, what: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(place);
  } catch (error) {
    throw new UsageError(`${what} cannot be read (${codeOf(error)}).`);
  }
  try {
    if (bytes.length > MOST_BYTES) throw new UsageError(`${what} is too long for a secret: ${bytes.length} bytes.`);
    return bytes.toString('utf8').replace(/[\r\n]+$/, '');
  } finally {
    bytes.fill(0);
  }
}
