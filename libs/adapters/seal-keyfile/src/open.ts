import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseRootKeyFile, type RandomSource, ROOT_KEY_FILE_LENGTH, SecretBytes } from '@claviger/crypto';
import { requireOutside } from './location.js';
import { codeOf, KeyFileError } from './problem.js';
import { requirePrivateFile, requirePrivateFolder } from './rights.js';
import { KeyFileSeal } from './seal.js';

export interface KeyFileSealOptions {
  /** The key file must not lie in here. */
  readonly dataFolder: string;
  /** Draws the nonces of what is wrapped. */
  readonly random: RandomSource;
}

/**
 * Opens the seal over a key file that {@link createKeyFile} made. Never makes one.
 *
 * @throws KeyFileError when there is no such file, others have a right to it or can replace it, it is no regular file, lies in the
 *   data folder or has another format
 */
export function openKeyFileSeal(path: string, options: KeyFileSealOptions): KeyFileSeal {
  requireOutside(path, options.dataFolder);
  const folder = dirname(path);
  const file = openWithoutFollowing(path);
  try {
    // The checks look at the opened file, so that it cannot be exchanged between check and read.
    requirePrivateFile(path, fstatSync(file));
    requirePrivateFolder(path, folder, statSync(folder));
    using root = readKey(path, file);
    return root.use((bytes) => new KeyFileSeal(bytes, options.random));
  } finally {
    closeSync(file);
  }
}

function openWithoutFollowing(path: string): number {
  try {
    // Not blocking: opening a pipe would otherwise wait for its writer.
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') throw new KeyFileError(path, 'a key file', 'none', { cause: error });
    if (code === 'ELOOP' && lstatSync(path).isSymbolicLink()) {
      throw new KeyFileError(path, 'the path of the file itself', 'a symbolic link', { cause: error });
    }
    throw new KeyFileError(path, 'a file that can be read', code ?? 'an error', { cause: error });
  }
}

function readKey(path: string, file: number): SecretBytes {
  const text = Buffer.alloc(ROOT_KEY_FILE_LENGTH + 1); // one more, so that a longer file is noticed
  try {
    let length = 0;
    for (let read = -1; read !== 0; length += read) read = readSync(file, text, length, text.length - length, null);
    const key = parseRootKeyFile(text.subarray(0, length));
    if (key instanceof SecretBytes) return key;
    const found = length > ROOT_KEY_FILE_LENGTH ? 'more' : key.found;
    throw new KeyFileError(path, key.expected, found);
  } finally {
    text.fill(0);
  }
}
