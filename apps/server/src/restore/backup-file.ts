import { createReadStream, openSync, readSync, closeSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BackupDamaged } from '@claviger/ports';

const CHUNK = 1 << 20;
const GZIP = Buffer.from([0x1f, 0x8b]);

/**
 * The bytes of a backup, uncompressed. @param onRead is told how many bytes of the file were read, of how many
 * @throws BackupDamaged where gzip finds it cut or changed; what the system says when it cannot be read
 */
export async function* backupBytes(
  path: string,
  onRead: (done: number, of: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { size } = statSync(path);
  const source = createReadStream(path, { highWaterMark: CHUNK });
  let done = 0;
  source.on('data', (chunk) => onRead((done += chunk.length), size));
  if (!isGzip(path)) {
    yield* source;
    return;
  }
  const opened = pipeline(source, createGunzip(), () => undefined);
  try {
    yield* opened;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (code.startsWith('Z_')) throw new BackupDamaged('it was cut or changed: its compression does not open');
    throw error;
  } finally {
    source.destroy();
    opened.destroy();
  }
}

function isGzip(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(GZIP.length);
    readSync(file, start, 0, start.length, 0);
    return start.equals(GZIP);
  } finally {
    closeSync(file);
  }
}
