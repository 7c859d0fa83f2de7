import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What the lock leaves in a folder that holds nothing else. */
export const LOCK_FILES: ReadonlySet<string> = new Set(['lock.db', 'lock.db-journal', 'lock.json']);

/** Another process uses the data folder. */
class DataFolderLocked extends Error {
  override readonly name = 'DataFolderLocked';
}

/**
 * The exclusive lock on a data folder: an SQLite file in exclusive mode, so that the operating system gives the lock back however the
 * holder ends. Who holds it stands in a file beside it, for the message only.
 */
export class DataLock {
  private constructor(private readonly db: DatabaseSync) {}

  /** @throws DataFolderLocked naming the holder */
  static acquire(folder: string, now: number): DataLock {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const holderFile = join(folder, 'lock.json');
    const db = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
    try {
      db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE');
    } catch (error) {
      db.close();
      throw new DataFolderLocked(
        `The data folder ${folder} is in use by ${holder(holderFile)}. One process at a time (${String(error)}).`,
      );
    }
    const lock = { pid: process.pid, host: hostname(), since: new Date(now).toISOString() };
    writeFileSync(holderFile, `${JSON.stringify(lock)}\n`, { mode: 0o600 });
    return new DataLock(db);
  }

  release(): void {
    if (this.db.isOpen) this.db.close();
  }
}

function holder(file: string): string {
  try {
    const text: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    if (typeof text === 'object' && text !== null && 'pid' in text && 'host' in text && 'since' in text) {
      return `process ${String(text.pid)} on ${String(text.host)} since ${String(text.since)}`;
    }
  } catch {
    // The message does without.
  }
  return 'another process';
}
