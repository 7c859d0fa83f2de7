import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { requireOutside } from './location.js';
import { codeOf, type PrivateFile, refused } from './private-file-error.js';
import { requirePrivate, requirePrivateFolder } from './rights.js';

/**
 * The whole file, which the caller wipes where it is secret; `mostBytes` and one more of a longer one.
 *
 * @throws PrivateFileError when there is none, others have a right to it or can replace it, it is no regular file, or lies in the
 *   folder that it must be outside of
 */
export function readPrivateFile(file: PrivateFile, mostBytes: number): Uint8Array {
  requireOutside(file);
  const folder = dirname(file.path);
  const handle = openWithoutFollowing(file);
  try {
    // The checks look at the opened file, so that it cannot be exchanged between check and read.
    requirePrivate(file, fstatSync(handle));
    requirePrivateFolder(file, folder, statSync(folder));
    return readUpTo(handle, mostBytes + 1);
  } finally {
    closeSync(handle);
  }
}

function openWithoutFollowing(file: PrivateFile): number {
  try {
    // Not blocking: opening a pipe would otherwise wait for its writer.
    return openSync(file.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') throw refused(file, `a ${file.kind}`, 'none', error);
    if (code === 'ELOOP' && lstatSync(file.path).isSymbolicLink()) {
      throw refused(file, 'the path of the file itself', 'a symbolic link', error);
    }
    throw refused(file, 'a file that can be read', code ?? 'an error', error);
  }
}

function readUpTo(handle: number, most: number): Uint8Array {
  const bytes = Buffer.alloc(most);
  let length = 0;
  try {
    for (let read = -1; read !== 0; length += read) read = readSync(handle, bytes, length, most - length, null);
    return new Uint8Array(bytes.subarray(0, length));
  } finally {
    bytes.fill(0);
  }
}
