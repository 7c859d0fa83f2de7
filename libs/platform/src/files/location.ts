import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { codeOf, type PrivateFile, refused } from './private-file-error.js';

/**
 * Does `path` lie in `folder`, or is it the folder itself? Symbolic links are followed on both sides; what does not exist yet counts
 * as lying where it would be made.
 */
export function isInside(path: string, folder: string): boolean {
  const way = relative(realLocation(folder), realLocation(path));
  return way === '' || (way !== '..' && !way.startsWith('../') && !way.startsWith('..\\') && !isAbsolute(way));
}

/** @throws PrivateFileError for a file inside the folder that it must be outside of */
export function requireOutside(file: PrivateFile): void {
  if (file.outside === undefined) return;
  let inside: boolean;
  try {
    inside = isInside(file.path, file.outside);
  } catch (error) {
    throw refused(file, 'a path that can be followed', codeOf(error) ?? 'an error', error);
  }
  if (inside) throw refused(file, `a place outside the data folder ${file.outside}`, 'one inside');
}

/** The real path of the longest part that exists, with the rest behind it. */
function realLocation(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch (error) {
    const code = codeOf(error);
    const parent = dirname(absolute);
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || parent === absolute) throw error;
    return join(realLocation(parent), basename(absolute));
  }
}
