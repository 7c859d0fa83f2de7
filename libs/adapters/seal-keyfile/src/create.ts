import { encodeRootKeyFile, type RandomSource, ROOT_KEY_LENGTH } from '@claviger/crypto';
import { createPrivateFile, type PrivateFile } from '@claviger/platform';
import { keyFilesOf } from './key-files.js';

export interface CreateKeyFileOptions {
  /** The key file must not lie in here. */
  readonly dataFolder?: string;
}

/**
 * Makes a key file with a new root key: mode 0600, missing folders 0700, durable on return. A file that exists is never touched.
 * @throws PrivateFileError when the path exists, lies in the data folder, or in a folder that others can write
 */
export function createKeyFile(path: string, random: RandomSource, options: CreateKeyFileOptions = {}): void {
  createKey(keyFilesOf(path, options.dataFolder).present, random);
}

/** @throws PrivateFileError */
export function createKey(file: PrivateFile, random: RandomSource): void {
  const key = random(ROOT_KEY_LENGTH);
  if (key.length !== ROOT_KEY_LENGTH) throw new TypeError(`random source returned ${key.length} bytes, expected 32`);
  const text = encodeRootKeyFile(key);
  try {
    createPrivateFile(file, text, random);
  } finally {
    key.fill(0);
    text.fill(0);
  }
}
