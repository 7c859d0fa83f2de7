import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  ANCHOR_FILE,
  BackupDamaged,
  type BackupContent,
  JOURNAL_KEY_FILE,
  parseSegmentFileName,
  RETENTION_MARK_FILE,
} from '@claviger/ports';
import { syncFolder } from './mark.js';

const DRAFT = `${ANCHOR_FILE}.draft`;
const STREAM = /^audit-journal-[A-Za-z0-9_-]{1,64}$/;

export interface RestoredFolders {
  /** Where segments of the journal go. */
  readonly journal: string;
  /** Where journals of the other profile are kept. */
  readonly archive: string;
  readonly anchor: string;
}

/**
 * The files of a backup. Names come from the backup: only those that the service itself would give are written, and nothing outside of
 * the folders. What is there already, from a restore that was cut short, is written anew.
 */
export class RestoredFiles {
  #open: { readonly file: number; readonly folder: string } | undefined;
  readonly #folders = new Set<string>();

  constructor(private readonly folders: RestoredFolders) {}

  /** @throws BackupDamaged for a name that no journal or anchor has */
  begin({ folder, name }: Extract<BackupContent, { kind: 'file' }>): void {
    this.end();
    const known = folder === 'anchor' ? name === ANCHOR_FILE : isJournalFile(name);
    if (!known) throw new BackupDamaged(`it names a file that no ${folder} has`);
    this.#start(this.folders[folder], folder === 'anchor' ? DRAFT : name, 'w');
  }

  /** More of the file that was begun last. */
  write(bytes: Uint8Array): void {
    if (this.#open === undefined) throw new BackupDamaged('it has the bytes of a file without its name');
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#open.file, bytes, done);
  }

  /** A line of a journal that is a stream, for an archive. */
  archive(stream: string, text: string): void {
    if (!STREAM.test(stream)) throw new BackupDamaged('it has an event of a journal that has no such name');
    const name = `${stream}.jsonl`;
    const first = !this.#folders.has(name);
    this.#folders.add(name);
    this.end();
    this.#start(this.folders.archive, name, first ? 'w' : 'a');
    this.write(Buffer.from(`${text}\n`, 'utf8'));
  }

  /** Makes durable what is open. */
  end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    fsyncSync(open.file);
    closeSync(open.file);
    syncFolder(open.folder);
  }

  /**
   * Puts the backup's anchor in place where there is none. An anchor that is there has seen more than any backup, and stays.
   * @returns what was done
   */
  placeAnchor(): 'kept' | 'taken over' {
    this.end();
    const { anchor } = this.folders;
    if (existsSync(join(anchor, ANCHOR_FILE))) {
      rmSync(join(anchor, DRAFT), { force: true });
      return 'kept';
    }
    renameSync(join(anchor, DRAFT), join(anchor, ANCHOR_FILE));
    syncFolder(anchor);
    return 'taken over';
  }

  #start(folder: string, name: string, flags: 'w' | 'a'): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#open = { file: openSync(join(folder, name), flags, 0o600), folder };
  }
}

const isJournalFile = (name: string): boolean =>
  name === JOURNAL_KEY_FILE || name === RETENTION_MARK_FILE || parseSegmentFileName(name) !== undefined;
