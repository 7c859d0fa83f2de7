import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SecretBytes } from '@claviger/crypto';
import { JOURNAL_KEY_CONTEXT, JOURNAL_KEY_FILE, type Seal } from '@claviger/ports';

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
    const key = await seal.unwrap(Buffer.from(readFileSync(path, 'utf8').trim(), 'base64'), JOURNAL_KEY_CONTEXT);
    if (key === undefined) throw new Error(`${path} does not open under this root key`);
    return key;
  }
  const key = SecretBytes.take(random(32));
  const wrapped = await seal.wrap(key, JOURNAL_KEY_CONTEXT);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.draft`;
  writeSynced(draft, `${Buffer.from(wrapped).toString('base64')}\n`);
  renameSync(draft, path);
  syncFolder(folder);
  return key;
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
