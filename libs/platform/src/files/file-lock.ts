import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type PrivateFile, refused } from './private-file-error.js';

const PATIENCE_MS = 5_000;

/**
 * Runs `work` while no other process that asks through here does so for the same file. The lock is an SQLite file beside it, so that
 * the operating system gives it back however the holder ends. Waits at most 5 s, holding the thread: `work` is to be short.
 *
 * @throws PrivateFileError when another process holds the lock for that long
 */
export function withFileLock<T>(file: PrivateFile, work: () => T): T {
  const path = `${file.path}.lock`;
  closeSync(openSync(path, 'a', 0o600));
  const db = new DatabaseSync(path, { timeout: PATIENCE_MS });
  try {
    try {
      db.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      throw refused(file, 'that no other process changes it', 'one that does', error);
    }
    return work();
  } finally {
    db.close(); // ends the transaction, and with it the lock
  }
}
