import { constants, fdatasync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DurableFile, DurableFiles } from '@claviger/ports';

/** What the anchor needs of a file system. */
export type AnchorFiles = Pick<DurableFiles, 'ensureFolder' | 'open' | 'rename' | 'remove' | 'syncFolder'>;

const FLAGS = {
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
  write: constants.O_RDWR | constants.O_NOFOLLOW,
  read: constants.O_RDONLY,
} as const;

/** Real files. */
export const nodeFiles: AnchorFiles = {
  async ensureFolder(path) {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(dirname(made));
  },
  open: async (path, mode) => durable(await open(path, FLAGS[mode], 0o600)),
  rename,
  remove: (path) => rm(path, { force: true }),
  syncFolder,
};

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function durable(handle: FileHandle): DurableFile {
  return {
    writeSync(bytes, position) {
      let done = 0;
      while (done < bytes.length) done += writeSync(handle.fd, bytes, done, bytes.length - done, position + done);
    },
    async write(bytes, position) {
      let done = 0;
      while (done < bytes.length)
        done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    },
    datasync: (done) => fdatasync(handle.fd, done),
    async read(into, position) {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}
