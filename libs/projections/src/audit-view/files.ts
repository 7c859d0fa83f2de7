import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Ending of a file that is being filled to take the place of another. */
export const BUILDING = '.building';

/** What follows the stem; a file that is being filled may be scrubbed itself. */
const NAME = /^(?:-([1-9]\d{0,8}))?\.db((?:\.building)*)$/;

const BESIDE = ['', '-wal', '-shm', '-journal'];

/** Removes a SQLite file and what SQLite keeps beside it. */
export function removeFile(path: string): void {
  // The log first: a log that outlived its file would be played into the next file of that name.
  for (const ending of BESIDE.toReversed()) rmSync(`${path}${ending}`, { force: true });
}

/**
 * The files of the view: `audit.db`, and after n rebuilds `audit-<n>.db`. A rebuild fills `audit-<n>.db.building`, which gets its name
 * when it is complete and closed; the highest number is the one that counts.
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
    for (const { name, generation, complete } of found) {
      if (!complete || generation !== this.generation) removeFile(join(this.folder, name));
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
    return `${this.path(generation)}${BUILDING}`;
  }

  private list(): { readonly name: string; readonly generation: number; readonly complete: boolean }[] {
    return readdirSync(this.folder).flatMap((name) => {
      if (!name.startsWith(this.stem)) return [];
      const [whole, number, building] = NAME.exec(name.slice(this.stem.length)) ?? [];
      return whole === undefined ? [] : [{ name, generation: Number(number ?? 0), complete: building === '' }];
    });
  }
}
