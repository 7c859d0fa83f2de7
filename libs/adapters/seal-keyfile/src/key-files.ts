import { existsSync, statSync } from 'node:fs';
import { parseRootKeyFile, ROOT_KEY_FILE_LENGTH, rootKeyId, SecretBytes } from '@claviger/crypto';
import { type PrivateFile, PrivateFileError, readPrivateFile } from '@claviger/platform';

/** The key file, and beside it, while the root key is being exchanged, the one that will take its place. */
export interface KeyFiles {
  readonly present: PrivateFile;
  readonly next: PrivateFile;
}

export function keyFilesOf(path: string, dataFolder?: string): KeyFiles {
  const place = { kind: 'key file', ...(dataFolder !== undefined && { outside: dataFolder }) };
  return { present: { ...place, path }, next: { ...place, path: `${path}.next` } };
}

/** The key that wraps, and the one before it. The caller owns both. */
export interface HeldKeys {
  readonly current: SecretBytes;
  readonly former?: { readonly key: SecretBytes; readonly since: number };
}

/** @throws PrivateFileError */
export function readKeyFiles(files: KeyFiles): HeldKeys {
  // The next one first: if it takes the present one's place in between, the same key is read twice and not the old one alone.
  const next = existsSync(files.next.path) ? readKey(files.next) : undefined;
  const present = readKey(files.present);
  if (next === undefined) return { current: present };
  if (next.use(rootKeyId) === present.use(rootKeyId)) {
    next.wipe();
    return { current: present };
  }
  const since = statSync(files.next.path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return { current: next, former: { key: present, since: Math.floor(since) } };
}

/** The caller owns the key. @throws PrivateFileError */
export function readKey(file: PrivateFile): SecretBytes {
  const text = readPrivateFile(file, ROOT_KEY_FILE_LENGTH);
  try {
    const key = parseRootKeyFile(text);
    if (key instanceof SecretBytes) return key;
    const found = text.length > ROOT_KEY_FILE_LENGTH ? 'more' : key.found;
    throw new PrivateFileError(file.kind, file.path, key.expected, found);
  } finally {
    text.fill(0);
  }
}
