import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDiskFull } from './failure.js';

/** Marks the file as ours in its header ("ClvE"). */
const APPLICATION_ID = 0x436c7645;
const SCHEMA_VERSION = 1;

/** Pages of the log after which a commit also moves them into the file. At SQLite's default of 1000 that happens four times as often. */
const CHECKPOINT_PAGES = 4000;

/** Milliseconds that the event loop is held while another process (a copy being made) has the file. */
const BUSY_TIMEOUT = 250;

/**
 * No index over ids: they are spread evenly, so each insert would touch a page of its own, and at 10^6 events groups of 64 would run at
 * two thirds of their speed. A repeated append is recognised by its place instead. AUTOINCREMENT, so that a position is never used twice.
 * How far a stream is, is not stored: the index over (stream, revision) says it, and there is nothing else that could disagree.
 */
const SCHEMA = `
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    mac BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_of_stream ON events (stream, revision);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** The file is no event store, or one of a later program. Nothing in it was touched. */
export class UnknownSchema extends Error {
  override readonly name = 'UnknownSchema';
}

/** Opens or makes the file, with everything set that durability rests on. @throws UnknownSchema, or what SQLite says */
export function openDatabase(path: string): DatabaseSync {
  makePrivateFile(path);
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
  try {
    refuseUnknown(db, path);
    db.exec('PRAGMA trusted_schema = OFF');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL'); // each commit is synced, not only each checkpoint
    db.exec('PRAGMA fullfsync = ON'); // macOS: through the drive's own cache; elsewhere without effect
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    requirePragma(db, path, 'journal_mode', 'wal');
    requirePragma(db, path, 'synchronous', 2);
    if (pragma(db, 'user_version') === 0) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    makeRecoveredDurable(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function refuseUnknown(db: DatabaseSync, path: string): void {
  const owner = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n;
  if (owner === 0 && version === 0 && tables === 0) return;
  if (owner !== APPLICATION_ID) throw new UnknownSchema(`${path} is no event store`);
  if (version !== SCHEMA_VERSION) {
    throw new UnknownSchema(`${path} has schema version ${String(version)}, this program knows ${SCHEMA_VERSION}`);
  }
}

/**
 * What SQLite found in the log, after a crash or a failed sync, may never have reached the disk. From here on everything that can be
 * read is durable. The log is moved into the file too if there is room; a full disk must not keep anybody from reading.
 */
function makeRecoveredDurable(db: DatabaseSync, path: string): void {
  if (existsSync(`${path}-wal`)) syncFile(`${path}-wal`, 'r+');
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

/** SQLite gives the log the permissions of the file. */
function makePrivateFile(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Never opened when it is there: closing any descriptor of a file drops all locks that this process has on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  if (process.platform !== 'win32') syncFile(folder, 'r'); // folders cannot be opened there
}

function syncFile(path: string, flags: 'r' | 'r+'): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function requirePragma(db: DatabaseSync, path: string, name: string, expected: string | number): void {
  const found = pragma(db, name);
  if (found !== expected) throw new Error(`${path}: ${name} is ${String(found)}, expected ${expected}`);
}

const pragma = (db: DatabaseSync, name: string): unknown => db.prepare(`PRAGMA ${name}`).get()?.[name];
