import type { DurableFile, DurableFiles, Space } from './durable-files.js';

/**
 * A disk in memory that forgets: what was not synced is lost at a crash, sector by sector as `survives` says, and names that were not
 * synced with their folder return to what they were. Faults are planted by operation.
 */
const SECTOR = 512;

interface Content {
  /** Its name now: open files follow a rename. */
  path: string;
  current: Buffer;
  durable: Buffer;
  /** Sectors written since the last successful datasync. */
  readonly dirty: Set<number>;
  /** Sectors whose datasync failed: marked clean although they never reached the disk (fsync(2), NOTES), until written again. */
  readonly ghosts: Set<number>;
}

const contentOf = (path: string, bytes: Uint8Array): Content => ({
  path,
  current: Buffer.from(bytes),
  durable: Buffer.from(bytes),
  dirty: new Set(),
  ghosts: new Set(),
});

export type DiskOperation = 'write' | 'datasync' | 'create' | 'open' | 'rename' | 'remove' | 'syncFolder' | 'read';

/** Error code to fail with, or undefined to go on. */
export type Fault = (operation: DiskOperation, path: string) => string | undefined;

class DiskError extends Error {
  override readonly name = 'DiskError';
  constructor(
    readonly code: string,
    operation: string,
  ) {
    super(`${code}: simulated, ${operation}`);
  }
}

export class SimulatedDisk implements DurableFiles {
  /** Plants faults. */
  fault: Fault = () => undefined;
  /** Datasync answers only after this was called, if set: for tests that look at what waits. */
  holdDatasync: ((release: () => void) => void) | undefined;
  /** A planted fault: datasync does nothing and reports success. */
  datasyncLies = false;
  freeBytes = 2 ** 40;

  #names = new Map<string, Content>();
  #durableNames = new Map<string, Content>();
  readonly #folders = new Set<string>();
  #generation = 0;

  /** Power is cut: open files turn dead, everything unsynced is gone but for the sectors that `survives`. */
  crash(survives: (path: string, sector: number) => boolean = () => false): void {
    this.#generation++;
    for (const [path, content] of this.#durableNames) {
      content.path = path;
      const bytes = Buffer.from(content.durable);
      for (const sector of content.dirty) {
        if (!survives(path, sector)) continue;
        content.current.copy(bytes, sector * SECTOR, sector * SECTOR, (sector + 1) * SECTOR);
      }
      content.current = bytes;
      content.durable = Buffer.from(bytes);
      content.dirty.clear();
      content.ghosts.clear();
    }
    this.#names = new Map(this.#durableNames);
  }

  /** The process is killed: nothing is lost, but open files turn dead. */
  kill(): void {
    this.#generation++;
  }

  /** The disk as one process sees it: after a crash or a kill, whatever is left of that process can do nothing more. */
  mount(): DurableFiles {
    const generation = this.#generation;
    const alive = async <T>(run: () => Promise<T>): Promise<T> => {
      if (generation !== this.#generation) throw new DiskError('EIO', 'use after the crash');
      return run();
    };
    return {
      ensureFolder: (path) => alive(() => this.ensureFolder(path)),
      list: (folder) => alive(() => this.list(folder)),
      open: (path, mode) => alive(() => this.open(path, mode)),
      rename: (from, to) => alive(() => this.rename(from, to)),
      remove: (path) => alive(() => this.remove(path)),
      syncFolder: (folder) => alive(() => this.syncFolder(folder)),
      space: () => alive(() => this.space()),
    };
  }

  /** Current bytes of a file, for tests that look or garble. */
  bytes(path: string): Buffer | undefined {
    return this.#names.get(path)?.current;
  }

  /** Replaces a file durably, as somebody with the files in hand would. */
  plant(path: string, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      this.#names.delete(path);
      this.#durableNames.delete(path);
      return;
    }
    const content = contentOf(path, bytes);
    this.#names.set(path, content);
    this.#durableNames.set(path, content);
  }

  /** A second disk with the same durable and current content. */
  copy(): SimulatedDisk {
    const disk = new SimulatedDisk();
    for (const [path, content] of this.#names) disk.plant(path, content.current);
    for (const folder of this.#folders) disk.#folders.add(folder);
    return disk;
  }

  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  ensureFolder(path: string): Promise<void> {
    this.#folders.add(path);
    return Promise.resolve();
  }

  list(folder: string): Promise<readonly string[]> {
    const prefix = `${folder}/`;
    const names = this.paths().filter((path) => path.startsWith(prefix));
    return Promise.resolve(names.map((path) => path.slice(prefix.length)).filter((name) => !name.includes('/')));
  }

  async open(path: string, mode: 'create' | 'write' | 'read'): Promise<DurableFile> {
    this.#check(mode === 'create' ? 'create' : 'open', path);
    let content = this.#names.get(path);
    if (mode === 'create') {
      content = contentOf(path, Buffer.alloc(0));
      this.#names.set(path, content);
    }
    if (content === undefined) throw new DiskError('ENOENT', `open ${path}`);
    return this.#file(content);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check('rename', to);
    const content = this.#names.get(from);
    if (content === undefined) throw new DiskError('ENOENT', `rename ${from}`);
    this.#names.delete(from);
    this.#names.set(to, content);
    content.path = to;
  }

  async remove(path: string): Promise<void> {
    this.#check('remove', path);
    this.#names.delete(path);
  }

  async syncFolder(folder: string): Promise<void> {
    this.#check('syncFolder', folder);
    const inside = (path: string): boolean => path.startsWith(`${folder}/`);
    for (const path of this.#durableNames.keys()) if (inside(path)) this.#durableNames.delete(path);
    for (const [path, content] of this.#names) if (inside(path)) this.#durableNames.set(path, content);
  }

  space(): Promise<Space> {
    return Promise.resolve({ freeBytes: this.freeBytes, totalBytes: 2 ** 40 });
  }

  #check(operation: DiskOperation, path: string): void {
    const code = this.fault(operation, path);
    if (code !== undefined) throw new DiskError(code, `${operation} ${path}`);
  }

  #file(content: Content): DurableFile {
    const generation = this.#generation;
    const alive = (): void => {
      if (generation !== this.#generation) throw new DiskError('EBADF', `use of ${content.path} after the crash`);
    };
    const write = (bytes: Uint8Array, position: number): void => {
      alive();
      this.#check('write', content.path);
      const end = position + bytes.length;
      if (end > content.current.length)
        content.current = Buffer.concat([content.current, Buffer.alloc(end - content.current.length)]);
      content.current.set(bytes, position);
      for (let sector = Math.floor(position / SECTOR); sector * SECTOR < end; sector++) {
        content.dirty.add(sector);
        content.ghosts.delete(sector);
      }
    };
    const datasync = (): Error | null => {
      try {
        alive();
        this.#check('datasync', content.path);
      } catch (error) {
        for (const sector of content.dirty) content.ghosts.add(sector);
        content.dirty.clear();
        return error instanceof Error ? error : new DiskError('EIO', 'datasync');
      }
      if (this.datasyncLies) return null;
      const durable = Buffer.from(content.current);
      for (const sector of content.ghosts) {
        durable.fill(0, sector * SECTOR, (sector + 1) * SECTOR);
        content.durable.copy(durable, sector * SECTOR, sector * SECTOR, (sector + 1) * SECTOR);
      }
      content.durable = durable;
      content.dirty.clear();
      return null;
    };
    return {
      writeSync: write,
      write: async (bytes, position) => write(bytes, position),
      datasync: (done) => {
        const hold = this.holdDatasync;
        if (hold === undefined) setImmediate(() => done(datasync()));
        else hold(() => done(datasync()));
      },
      read: async (into, position) => {
        alive();
        this.#check('read', content.path);
        const part = content.current.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      size: async () => content.current.length,
      close: async () => undefined,
    };
  }
}
