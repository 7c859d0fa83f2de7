import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RandomSource } from '@claviger/crypto';
import { requireOutside } from './location.js';
import { codeOf, type PrivateFile, refused } from './private-file-error.js';
import { requirePrivateFolder } from './rights.js';

/**
 * Makes the file with mode 0600, missing folders with 0700, durable on return. A file that exists is never touched, and no
 * half-written one ever has the name: the content is written and synced under another name first.
 *
 * @throws PrivateFileError when the path exists, lies in the folder that it must be outside of, or in one that others can write
 */
export function createPrivateFile(file: PrivateFile, content: Uint8Array, random: RandomSource): void {
  const folder = privateFolderOf(file);
  withDraft(file, content, random, (draft) => {
    try {
      linkSync(draft, file.path); // unlike a rename it fails when the name is taken
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      throw refused(file, 'no file there yet (one that exists is never overwritten)', 'one', error);
    }
  });
  syncFolder(folder);
}

/** Puts other content in the file's place at once: whoever reads finds the old whole or the new whole. Durable on return. */
export function replacePrivateFile(file: PrivateFile, content: Uint8Array, random: RandomSource): void {
  const folder = privateFolderOf(file);
  withDraft(file, content, random, (draft) => renameSync(draft, file.path));
  syncFolder(folder);
}

/** Gives `from` the name of `file` at once. Durable on return. */
export function movePrivateFile(from: string, file: PrivateFile): void {
  renameSync(from, file.path);
  syncFolder(dirname(file.path));
}

function privateFolderOf(file: PrivateFile): string {
  requireOutside(file);
  const folder = dirname(file.path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requirePrivateFolder(file, folder, statSync(folder));
  return folder;
}

function withDraft(file: PrivateFile, content: Uint8Array, random: RandomSource, place: (draft: string) => void): void {
  const suffix = Buffer.from(random(8)).toString('hex');
  const draft = join(dirname(file.path), `.${basename(file.path)}.${suffix}.draft`);
  try {
    writeDurably(draft, content);
    place(draft);
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDurably(path: string, content: Uint8Array): void {
  const handle = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < content.length; ) at += writeSync(handle, content, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function syncFolder(path: string): void {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
