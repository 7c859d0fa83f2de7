import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type BackupCounts, type BackupEnd, type BackupHeader, isMissing } from '@claviger/ports';

/** Name in the data folder. */
export const RESTORE_MARK = 'restore.json';

/** What stands in the data folder from before the first byte of a restore is written until for ever. */
export interface RestoreMark {
  /** `running`: not everything is there yet; nothing may start on it. */
  readonly state: 'running' | 'done';
  readonly madeAt: string;
  readonly position: string;
  readonly entry: number;
  readonly counts: BackupCounts;
  readonly sha256: string;
  readonly mac: string;
}

/** The mark in the data folder cannot be read. */
class RestoreMarkUnreadable extends Error {
  override readonly name = 'RestoreMarkUnreadable';
}

export function markOf(
  state: RestoreMark['state'],
  { madeAt, position, journal }: BackupHeader,
  { counts, sha256, mac }: BackupEnd,
): RestoreMark {
  return { state, madeAt, position, entry: journal.sequence, counts, sha256, mac };
}

/** Undefined where nothing was restored. @throws RestoreMarkUnreadable */
export function readMark(data: string): RestoreMark | undefined {
  const path = join(data, RESTORE_MARK);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isMark(value)) return value;
  } catch {
    // Said below.
  }
  throw new RestoreMarkUnreadable(
    `${path}: expected what a restore leaves there, found something else. Restore into an empty folder again.`,
  );
}

/** Durable on return. */
export function writeMark(data: string, mark: RestoreMark): void {
  const path = join(data, RESTORE_MARK);
  const draft = `${path}.draft`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(mark, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncFolder(data);
}

export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function isMark(value: unknown): value is RestoreMark {
  if (typeof value !== 'object' || value === null) return false;
  const { state, madeAt, position, entry, counts, sha256, mac }: Readonly<Record<string, unknown>> = { ...value };
  return (
    (state === 'running' || state === 'done') &&
    typeof madeAt === 'string' &&
    typeof position === 'string' &&
    typeof entry === 'number' &&
    typeof counts === 'object' &&
    counts !== null &&
    typeof sha256 === 'string' &&
    typeof mac === 'string'
  );
}
