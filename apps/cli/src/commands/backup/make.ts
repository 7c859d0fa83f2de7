import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createGzip, type Gzip } from 'node:zlib';
import { BackupDamaged, type BackupEnd, type BackupHeader, readBackup } from '@claviger/audit';
import { codeOf } from '../../error-code.js';
import { Failure } from '../../failure.js';
import type { Io } from '../../io.js';
import { Progress } from '../../output/progress.js';

export interface MadeBackup {
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  /** Of the file. */
  readonly bytes: number;
}

/**
 * Writes a backup to a draft beside the file, checks it on the way, syncs it, and only then gives it its name: a file of that name is a
 * whole backup. @throws Failure
 */
export async function makeBackup(stream: AsyncIterable<Uint8Array>, to: string, io: Io): Promise<MadeBackup> {
  if (existsSync(to)) throw new Failure(`${to} is there already, and a backup is never replaced. Name another file.`);
  const draft = `${to}.draft`;
  const progress = new Progress(io, 'backup');
  try {
    await rm(draft, { force: true });
    const file = await open(draft, 'wx', 0o600);
    let made: MadeBackup;
    try {
      made = await fill(file, stream, progress);
      await file.sync();
    } finally {
      await file.close();
    }
    // Not a rename, which would replace a file that has come meanwhile.
    await link(draft, to);
    await rm(draft);
    await syncFolder(dirname(to));
    return made;
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    if (error instanceof Failure) throw error;
    if (error instanceof BackupDamaged)
      throw new Failure(`What the service sent is no whole backup: ${error.message}.`);
    throw new Failure(`${to} could not be written (${codeOf(error)}).`);
  } finally {
    progress.end();
  }
}

async function fill(file: FileHandle, stream: AsyncIterable<Uint8Array>, progress: Progress): Promise<MadeBackup> {
  let records = 0;
  const zipped = createGzip();
  const written = { bytes: 0 };
  const writing = drain(zipped, file, written);
  // Its failure is met where it is awaited; until then nobody must be told of a rejection that nobody handles.
  writing.catch(() => undefined);
  try {
    const { header, end } = await readBackup(passed(stream, zipped, writing), {
      content: () => {
        records += 1;
        if (records % 500 === 0) progress.count(`${records} records, ${megabytes(written.bytes)}`);
      },
    });
    zipped.end();
    await writing;
    return { header, end, bytes: written.bytes };
  } finally {
    zipped.destroy();
    await writing.catch(() => undefined);
  }
}

async function drain(zipped: Gzip, file: FileHandle, written: { bytes: number }): Promise<void> {
  const chunks: AsyncIterable<Uint8Array> = zipped;
  for await (const chunk of chunks) {
    await file.appendFile(chunk);
    written.bytes += chunk.length;
  }
}

/** Each piece goes into the file before it is looked at, as fast as the file takes it. */
async function* passed(
  stream: AsyncIterable<Uint8Array>,
  into: Gzip,
  failed: Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of stream) {
    // A disk that is full drains nothing any more.
    if (!into.write(piece)) await Promise.race([once(into, 'drain'), failed]);
    yield piece;
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
