import type { RandomSource } from '@claviger/crypto';
import { withFileLock } from './file-lock.js';
import { type PrivateFile, refused } from './private-file-error.js';
import { readPrivateFile } from './read-private-file.js';
import { replacePrivateFile } from './write-private-file.js';

/** A private file that several processes read and change. */
export interface SharedPrivateFile {
  /** The whole file. @throws PrivateFileError, as `readPrivateFile`; also when it is longer than it may be */
  read(): Uint8Array;
  /** Puts what `change` makes of the present content in its place; leaves it when that is undefined. One process at a time. */
  update(change: (present: Uint8Array) => Uint8Array | undefined): void;
}

export function sharedPrivateFile(file: PrivateFile, mostBytes: number, random: RandomSource): SharedPrivateFile {
  const read = (): Uint8Array => {
    const content = readPrivateFile(file, mostBytes);
    if (content.length > mostBytes) throw refused(file, `at most ${mostBytes} bytes`, 'more');
    return content;
  };
  const update: SharedPrivateFile['update'] = (change) => {
    withFileLock(file, () => {
      const next = change(read());
      if (next !== undefined) replacePrivateFile(file, next, random);
    });
  };
  return { read, update };
}
