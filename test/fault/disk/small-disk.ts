import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(1 << 16, 1);

/** A file system of its own that can be filled: a tmpfs, which needs root. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  /** Undefined where mounting is not allowed. */
  static mount(megabytes: number): SmallDisk | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    const folder = mkdtempSync(join(tmpdir(), 'claviger-disk-'));
    const run = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', folder]);
    if (run.status === 0) return new SmallDisk(folder);
    rmdirSync(folder);
    return undefined;
  }

  /** Fills it to the last byte. */
  fill(): void {
    const file = openSync(this.ballast, 'w');
    try {
      for (let size = CHUNK.length; size > 0; size = size >> 1) {
        try {
          for (;;) writeSync(file, CHUNK, 0, size);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.ballast, { force: true });
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.folder]);
    rmdirSync(this.folder);
  }

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }
}
