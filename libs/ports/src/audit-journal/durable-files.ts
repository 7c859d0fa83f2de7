/**
 * The few file operations on which durability rests, as a seam: real files in the service, a simulated disk that loses what was not
 * synced (`@claviger/ports/testing`) in tests. Errors carry the system's `code` (ENOSPC, EIO, ENOENT …).
 */
export interface DurableFile {
  /** Writes all of `bytes` at `position`, or throws. */
  writeSync(bytes: Uint8Array, position: number): void;

  /** The same without holding the thread. */
  write(bytes: Uint8Array, position: number): Promise<void>;

  /**
   * fdatasync: calls `done` without an error when everything written before is durable, file size included. After an error, what is
   * durable is unknown, and a later success says nothing about it.
   */
  datasync(done: (error: Error | null) => void): void;

  /** Fills `into` from `position`; the number of bytes read is smaller only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;

  size(): Promise<number>;

  close(): Promise<void>;
}

export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface DurableFiles {
  /** Makes the folder (0700) where it is missing, durably. */
  ensureFolder(path: string): Promise<void>;
  /** Names in a folder, in ascending order. */
  list(folder: string): Promise<readonly string[]>;
  /** `create` makes or empties the file (0600). */
  open(path: string, mode: 'create' | 'write' | 'read'): Promise<DurableFile>;
  /** Replaces `to` at once. Durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens when there is no such file. Durable after `syncFolder`. */
  remove(path: string): Promise<void>;
  syncFolder(folder: string): Promise<void>;
  space(folder: string): Promise<Space>;
}

/** As a promise, where no thread has to hurry. */
export function synced(file: DurableFile): Promise<void> {
  return new Promise((resolve, reject) => {
    file.datasync((error) => (error === null ? resolve() : reject(error)));
  });
}

/** A whole file; undefined when there is none. */
export async function readWhole(files: Pick<DurableFiles, 'open'>, path: string): Promise<Buffer | undefined> {
  let file: DurableFile;
  try {
    file = await files.open(path, 'read');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(await file.size());
    const length = await file.read(bytes, 0);
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** Writes a file under a temporary name, syncs it, puts it in place and syncs the folder: after a crash the old or the new one is there. */
export async function replaceWhole(
  files: Pick<DurableFiles, 'open' | 'rename' | 'syncFolder'>,
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = `${folder}/${name}.tmp`;
  const file = await files.open(temporary, 'create');
  try {
    await file.write(bytes, 0);
    await synced(file);
  } finally {
    await file.close();
  }
  await files.rename(temporary, `${folder}/${name}`);
  await files.syncFolder(folder);
}

export function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
