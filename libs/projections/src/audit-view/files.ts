import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const BESIDE = ['', '-wal', '-shm', '-journal'];

/** Removes a SQLite file and what SQLite keeps beside it. */
export function removeFile(path: string): void {
  // The log first: a log that outlived its file would be played into the next file of that name.
  for (const ending of BESIDE.toReversed()) rmSync(`${path}${ending}`, { force: true });
}

/**
 * The files of the view: `audit.db`, and after n rebuilds `audit-<n>.db`. A rebuild fills `audit-<n>.db.building`, which gets its name
 * when it is complete and closed; the highest number is the one that counts. No file is ever renamed over another.
 */
export class AuditFiles {
  private readonly folder: string;
  private readonly stem: string;
  private generation = 0;

  /** @param path of generation 0, ending in `.db` */
  constructor(path: string) {
    if (!path.endsWith('.db')) throw new RangeError(`the path of the audit view ends in .db, got ${path}`);
    this.folder = dirname(path);
    this.stem = basename(path, '.db');
  }

  /** Finds the file that counts, and removes what a crash left of others. */
  current(): string {
    const found = this.list();
    this.generation = Math.max(0, ...found.filter(({ complete }) => complete).map(({ generation }) => generation));
    for (const { generation, complete } of found) {
      if (!complete) removeFile(this.building(generation));
      else if (generation !== this.generation) removeFile(this.path(generation));
    }
    return this.path(this.generation);
  }

  /** Where the next rebuild fills its file. */
  next(): string {
    const path = this.building(this.generation + 1);
    removeFile(path);
    return path;
  }

  /** Makes the filled file the one that counts. @returns its path. @throws Error when it was not closed cleanly */
  complete(): string {
    const building = this.building(this.generation + 1);
    if (existsSync(`${building}-wal`)) throw new Error('the rebuilt audit view was not closed cleanly');
    const path = this.path(this.generation + 1);
    renameSync(building, path);
    this.generation += 1;
    return path;
  }

  private path(generation: number): string {
    return join(this.folder, generation === 0 ? `${this.stem}.db` : `${this.stem}-${generation}.db`);
  }

  private building(generation: number): string {
    return `${this.path(generation)}.building`;
  }

  private list(): { readonly generation: number; readonly complete: boolean }[] {
    const found = [];
    for (const name of readdirSync(this.folder)) {
      if (!name.startsWith(this.stem)) continue;
      const [, number, building] = /^(?:-([1-9]\d{0,8}))?\.db(\.building)?$/.exec(name.slice(this.stem.length)) ?? [];
      if (!/^(?:-[1-9]\d{0,8})?\.db(\.building)?$/.test(name.slice(this.stem.length))) continue;
      found.push({ generation: Number(number ?? 0), complete: building === undefined });
    }
    return found;
  }
}
