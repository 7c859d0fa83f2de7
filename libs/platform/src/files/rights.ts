import type { Stats } from 'node:fs';
import { type PrivateFile, refused } from './private-file-error.js';

/** Windows has no such modes: there the folder's access list is all there is. */
const HAS_MODES = process.platform !== 'win32';

/** A regular file that belongs to us (or to root) and to which nobody else has any right. @throws PrivateFileError */
export function requirePrivate(file: PrivateFile, stats: Stats): void {
  if (!stats.isFile()) throw refused(file, 'a regular file', kindOf(stats));
  if (!HAS_MODES) return;
  if ((stats.mode & 0o077) !== 0) {
    throw refused(file, 'mode 0600 or 0400 (no right for group and others)', `mode ${modeOf(stats)}`);
  }
  const self = process.geteuid?.();
  if (stats.uid !== self && stats.uid !== 0)
    throw refused(file, `user ${self} or root as its owner`, `user ${stats.uid}`);
}

/** A folder in which nobody else can put another file in this one's place. @throws PrivateFileError */
export function requirePrivateFolder(file: PrivateFile, folder: string, stats: Stats): void {
  if (!stats.isDirectory()) throw refused(file, `${folder} to be a folder`, kindOf(stats));
  const sticky = (stats.mode & 0o1000) !== 0; // others cannot replace what is not theirs
  if (HAS_MODES && (stats.mode & 0o022) !== 0 && !sticky) {
    throw refused(file, `its folder ${folder} to be writable by its owner only`, `mode ${modeOf(stats)}`);
  }
}

function modeOf(stats: Stats): string {
  return `0${(stats.mode & 0o7777).toString(8)}`;
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  return stats.isFile() ? 'a file' : 'a device, pipe or socket';
}
