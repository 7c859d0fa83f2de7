import { constants, fdatasync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DurableFile, DurableFiles, Space } from '@claviger/ports';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Real files. */
export const nodeFiles: DurableFiles = {
  async ensureFolder(path) {
    const made = await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    if (made !== undefined) await syncFolder(dirname(made));
  },
  async list(folder) {
    return (await readdir(folder)).sort();
  },
  async open(path, mode) {
    return new NodeFile(await open(path, flags(mode), FILE_MODE));
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  syncFolder,
  async space(folder): Promise<Space> {
    const found = await statfs(folder);
    // bavail: what is free for us, without the share that only root may use.
    return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
  },
};

function flags(mode: 'create' | 'write' | 'read'): number {
  switch (mode) {
    case 'create':
      return constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    case 'write':
      return constants.O_RDWR | constants.O_NOFOLLOW;
    case 'read':
      return constants.O_RDONLY;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class NodeFile implements DurableFile {
  constructor(private readonly handle: FileHandle) {}

  writeSync(bytes: Uint8Array, position: number): void {
    let done = 0;
    while (done < bytes.length) done += writeSync(this.handle.fd, bytes, done, bytes.length - done, position + done);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      done += (await this.handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }

  datasync(done: (error: Error | null) => void): void {
    fdatasync(this.handle.fd, done);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
