import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SealedStoreUnavailable } from '@claviger/ports';

/** Marks the file as ours in its header ("ClvS"). */
const APPLICATION_ID = 0x436c7653;
const SCHEMA_VERSION = 1;

/**
 * Pages of the log after which a commit also moves them into the file. References are spread evenly, so each commit touches pages of
 * its own; the longer the log, the more of them are moved only once.
 */
const CHECKPOINT_PAGES = 4000;

/**
 * Rows are never deleted and never change their size: a row that is destroyed is overwritten with zeros where it lies and stays as
 * the tombstone of its reference. Were rows deleted, SQLite would move their neighbours about, and its secure_delete does not clear
 * what a moved row leaves behind in the old page.
 */
const SCHEMA = `
  CREATE TABLE sealed (
    id INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    destroyed INTEGER NOT NULL,
    about TEXT NOT NULL,
    wrapped_key BLOB NOT NULL,
    blob BLOB NOT NULL
  ) STRICT;
  CREATE INDEX sealed_by_kind ON sealed (kind, reference) WHERE destroyed = 0;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Opens or makes the file (0600), with everything set that durability and erasure rest on. */
export function openDatabase(path: string, maxBytes: number | undefined): DatabaseSync {
  makePrivateFile(path);
  const db = new DatabaseSync(path, { timeout: 1000 });
  try {
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL'); // each commit is synced, not only each checkpoint
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec('PRAGMA secure_delete = ON'); // from the first page on: also pages that SQLite splits leave nothing behind
    db.exec('PRAGMA trusted_schema = OFF');
    requirePragma(db, path, 'journal_mode', 'wal');
    requirePragma(db, path, 'synchronous', 2);
    requirePragma(db, path, 'secure_delete', 1);
    if (maxBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize(db)))}`);
    prepareSchema(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Moves everything from the log into the file and empties the log: only then is a destroyed record overwritten, and the copy in the
 * log gone. @returns false when a reader in another process keeps the log alive
 */
export function emptyLog(db: DatabaseSync): boolean {
  return db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0;
}

function prepareSchema(db: DatabaseSync, path: string): void {
  const version = pragma(db, 'user_version');
  const owner = pragma(db, 'application_id');
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n;
  if (version === 0 && owner === 0 && tables === 0) {
    db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    return;
  }
  if (owner !== APPLICATION_ID) throw new SealedStoreUnavailable('damaged', `${path} is no sealed store`);
  if (version !== SCHEMA_VERSION) {
    throw new SealedStoreUnavailable(
      'damaged',
      `${path} has schema version ${String(version)}, expected ${SCHEMA_VERSION}`,
    );
  }
}

/** SQLite gives the log the permissions of the file. */
function makePrivateFile(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = openSync(path, 'a', 0o600);
  fsyncSync(file);
  closeSync(file);
  chmodSync(path, 0o600);
  if (process.platform === 'win32') return; // folders cannot be opened there
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function requirePragma(db: DatabaseSync, path: string, name: string, expected: string | number): void {
  const found = pragma(db, name);
  if (found !== expected)
    throw new SealedStoreUnavailable('io', `${path}: ${name} is ${String(found)}, expected ${expected}`);
}

function pragma(db: DatabaseSync, name: string): unknown {
  return db.prepare(`PRAGMA ${name}`).get()?.[name];
}

function pageSize(db: DatabaseSync): number {
  return Number(pragma(db, 'page_size'));
}
