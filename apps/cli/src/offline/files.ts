import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { ANCHOR_KEY_REFERENCE, type AnchorAtHand, type CopiedGroup } from '@claviger/audit';
import { codeOf } from '../error-code.js';
import { Failure } from '../failure.js';

const CHUNK = 1 << 20;

/** A whole file; undefined where there is none. @throws Failure when it cannot be read */
export function readFile(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Failure(`${path} cannot be read (${codeOf(error)}).`);
  }
}

/** A whole file that must be there. @throws Failure */
export function needed(path: string, what: string): Buffer {
  const bytes = readFile(path);
  if (bytes === undefined) throw new Failure(`Cannot verify: ${what} is not there: ${path}`);
  return bytes;
}

/** The bytes of a file in pieces. @param onRead is told how far it was read @throws Failure */
export async function* readChunks(
  path: string,
  onRead: (upTo: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      at += bytes.length;
      onRead(at);
      yield bytes;
    }
  } catch (error) {
    throw new Failure(`${path} cannot be read (${codeOf(error)}).`);
  }
}

/** zstd with an output bound; undefined for damaged data. */
export function inflate(stored: Uint8Array, rawLength: number): Uint8Array | undefined {
  try {
    return zstdDecompressSync(stored, { maxOutputLength: rawLength });
  } catch {
    return undefined;
  }
}

/** The sealed record of the anchor's key. Opens the sealed store for reading only. @throws Failure */
export function readAnchorKey(path: string): AnchorAtHand['key'] {
  if (readFile(path) === undefined) return undefined;
  try {
    using db = openForReading(path);
    const row = db
      .prepare('SELECT kind, about, wrapped_key, blob FROM sealed WHERE reference=? AND destroyed=0')
      .get(ANCHOR_KEY_REFERENCE);
    if (row === undefined) return undefined;
    const { kind, about, wrapped_key: wrappedKey, blob } = row;
    if (kind !== 'system-key' || typeof about !== 'string') return undefined;
    if (!(wrappedKey instanceof Uint8Array && blob instanceof Uint8Array)) return undefined;
    return { reference: ANCHOR_KEY_REFERENCE, kind, about, wrappedKey, blob };
  } catch (error) {
    throw new Failure(`${path} cannot be read (${codeOf(error)}).`);
  }
}

/** Copies of the journals of all nodes. Opens their file for reading only. @throws Failure */
export function* readCopies(path: string): Generator<CopiedGroup, void, undefined> {
  try {
    using db = openForReading(path);
    for (const { node, first, payload, mark } of db
      .prepare('SELECT node, first, payload, mark FROM groups ORDER BY first')
      .iterate()) {
      const content = payload instanceof Uint8Array ? { payload } : { mark: markIn(String(mark)) };
      yield { node: String(node), place: Number(first), content };
    }
  } catch (error) {
    throw new Failure(`${path} cannot be read (${codeOf(error)}).`);
  }
}

/** Total. */
function markIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'damaged' in value) return String(value.damaged);
  } catch {
    // What cannot be read is worth as much as what it says.
  }
  return 'a mark that cannot be read';
}

/**
 * While a service has it open, its newest rows are in the log beside it. Where there is no log, nothing must be made beside it either:
 * the folder may be evidence, or not writable.
 */
function openForReading(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}
