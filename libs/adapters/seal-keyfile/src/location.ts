import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, isAbsolute } from 'node:path';
import { codeOf, KeyFileError } from './problem.js';

/**
 * Does `path` lie in `folder`, or is it the folder itself? Symbolic links are followed on both sides; what does not exist yet counts
 * as lying where it would be made.
 */
export function isInside(path: string, folder: string): boolean {
  const way = relative(realLocation(folder), realLocation(path));
  return way === '' || (way !== '..' && !way.startsWith('../') && !way.startsWith('..\\') && !isAbsolute(way));
}

/** Whoever copies the data folder would have the key beside what it protects. @throws KeyFileError */
export function requireOutside(path: string, dataFolder: string): void {
  let inside: boolean;
  try {
    inside = isInside(path, dataFolder);
  } catch (error) {
    throw new KeyFileError(path, 'a path that can be followed', codeOf(error) ?? 'an error', { cause: error });
  }
  if (inside) throw new KeyFileError(path, `a place outside the data folder ${dataFolder}`, 'one inside');
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
