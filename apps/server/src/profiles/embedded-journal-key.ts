import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { WrappedElsewhere } from '@claviger/application';
import { SecretBytes } from '@claviger/crypto';
import { JOURNAL_KEY_CONTEXT, JOURNAL_KEY_FILE, type Seal } from '@claviger/ports';
import { SealDoesNotFit } from './seal-errors.js';

/**
 * The journal's key, wrapped under the root, in a file beside the segments: with the seal's key and these files alone, and nothing else
 * of the service, the journal can be verified offline.
 */
export async function openJournalKey(
  folder: string,
  seal: Seal,
  random: (length: number) => Uint8Array,
): Promise<SecretBytes> {
  const path = join(folder, JOURNAL_KEY_FILE);
  if (existsSync(path)) {
    const key = await seal.unwrap(read(path), JOURNAL_KEY_CONTEXT);
    if (key === undefined) {
      throw new SealDoesNotFit(`${path}: expected a key wrapped under the present root key, found one under another.`);
    }
    return key;
  }
  const key = SecretBytes.take(random(32));
  const wrapped = await seal.wrap(key, JOURNAL_KEY_CONTEXT);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  write(folder, path, wrapped);
  return key;
}

/** Puts a key that is kept elsewhere there as well, for verification offline; anew where the root key was exchanged since. */
export async function keepJournalKey(folder: string, name: string, seal: Seal, key: SecretBytes): Promise<void> {
  const path = join(folder, name);
  using kept = existsSync(path) ? await seal.unwrap(read(path), JOURNAL_KEY_CONTEXT) : undefined;
  if (kept?.equals(key) === true) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  write(folder, path, await seal.wrap(key, JOURNAL_KEY_CONTEXT));
}

/** The file as an exchange of the root key sees it. */
export function wrappedJournalKey(folder: string, name = JOURNAL_KEY_FILE): WrappedElsewhere {
  const path = join(folder, name);
  return {
    name: path,
    context: JOURNAL_KEY_CONTEXT,
    read: async () => (existsSync(path) ? read(path) : undefined),
    replace: async (expected, next) => {
      if (!existsSync(path) || Buffer.compare(read(path), expected) !== 0) return false;
      write(folder, path, next);
      return true;
    },
  };
}

const read = (path: string): Buffer => Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');

/** At once and durably: a process that dies leaves the former file or the new one. */
function write(folder: string, path: string, wrapped: Uint8Array): void {
  const draft = `${path}.draft`;
  writeSynced(draft, `${Buffer.from(wrapped).toString('base64')}\n`);
  renameSync(draft, path);
  syncFolder(folder);
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
