import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { encodeRootKeyFile, type RandomSource } from '@claviger/crypto';
import { requireOutside } from './location.js';
import { codeOf, KeyFileError } from './problem.js';
import { requirePrivateFolder } from './rights.js';

export interface CreateKeyFileOptions {
  /** The key file must not lie in here. */
  readonly dataFolder?: string;
}

/**
 * Makes a key file with a new root key: mode 0600, missing folders 0700, durable on return. A file that exists is never touched, and
 * no half-written one ever has the name: the text is written and synced under another name first.
 *
 * @throws KeyFileError when the path exists, lies in the data folder, or in a folder that others can write
 */
export function createKeyFile(path: string, random: RandomSource, options: CreateKeyFileOptions = {}): void {
  if (options.dataFolder !== undefined) requireOutside(path, options.dataFolder);
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requirePrivateFolder(path, folder, statSync(folder));
  const draft = join(folder, `.${basename(path)}.${Buffer.from(random(8)).toString('hex')}.draft`);
  const key = random(32);
  if (key.length !== 32) throw new TypeError(`random source returned ${key.length} bytes, expected 32`);
  const text = encodeRootKeyFile(key);
  try {
    writeDurably(draft, text);
    placeWithoutReplacing(draft, path);
  } finally {
    key.fill(0);
    text.fill(0);
    rmSync(draft, { force: true });
  }
  syncFolder(folder);
}

function writeDurably(path: string, text: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < text.length; ) at += writeSync(file, text, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A link, unlike a rename, fails when the name is taken. */
function placeWithoutReplacing(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new KeyFileError(path, 'no file there yet (a root key is never overwritten)', 'one', { cause: error });
  }
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
