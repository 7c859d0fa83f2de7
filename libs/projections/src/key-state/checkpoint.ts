import { MAC_LENGTH } from '@claviger/crypto';
import type { EventRecord, StreamHeads } from '@claviger/ports';
import type { Fault } from './fault.js';
import { type KeyStateFile, RowIntegrityError } from './file.js';

/** How far the file is, and the keyed sum over the heads of all streams at that position. */
export interface Checkpoint {
  readonly position: bigint;
  readonly sum: Uint8Array;
  /** The latest time that any event bears, epoch milliseconds. */
  readonly lastEventAt: number;
}

export function writeCheckpoint(file: KeyStateFile, { position, sum, lastEventAt }: Checkpoint): void {
  const text = JSON.stringify({ position: position.toString(), sum: Buffer.from(sum).toString('hex'), lastEventAt });
  file.run('INSERT OR REPLACE INTO meta VALUES (?,?,?)', 'checkpoint', text, file.mac('meta', 'checkpoint', text));
}

/** Undefined for a new file. @throws RowIntegrityError */
export function readCheckpoint(file: KeyStateFile): Checkpoint | undefined {
  const row = file.first('SELECT value, mac FROM meta WHERE name=?', 'checkpoint');
  if (row === undefined) return undefined;
  const [text, mac] = row;
  if (typeof text !== 'string' || mac === undefined) throw new RowIntegrityError('meta', 'checkpoint');
  file.verify('meta', 'checkpoint', text, mac);
  const { position, sum, lastEventAt } = JSON.parse(text) as { position: string; sum: string; lastEventAt: number };
  return { position: BigInt(position), sum: Buffer.from(sum, 'hex'), lastEventAt };
}

export const writeHead = (file: KeyStateFile, record: EventRecord): void =>
  file.run('INSERT OR REPLACE INTO heads VALUES (?,?,?)', record.stream, record.revision, record.mac);

const PAGE = 2_000;

/** Fills `heads`; whether they are the right ones is told by their sum. */
export function readHeads(file: KeyStateFile, heads: StreamHeads): StreamHeads {
  // By pages, and the MACs as text into one buffer: a start reads a hundred thousand heads, and that many objects cost more than the heads.
  const bytes = Buffer.alloc(MAC_LENGTH);
  for (let after = ''; ; ) {
    const page = file.all(
      'SELECT stream, revision, hex(mac) FROM heads WHERE stream>? ORDER BY stream LIMIT ?',
      after,
      PAGE,
    );
    for (const [stream, revision, mac] of page) {
      if (
        !isRevision(revision) ||
        typeof stream !== 'string' ||
        typeof mac !== 'string' ||
        mac.length !== 2 * MAC_LENGTH
      ) {
        throw new RowIntegrityError('heads', String(stream));
      }
      bytes.write(mac, 'hex');
      heads.load(stream, revision, bytes);
      after = stream;
    }
    if (page.length < PAGE) return heads;
  }
}

const isRevision = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export const writeFault = (file: KeyStateFile, stream: string, { reason, newer }: Fault): void =>
  file.run(
    'INSERT OR REPLACE INTO faults VALUES (?,?,?,?)',
    stream,
    reason,
    newer?.type ?? null,
    newer?.schemaVersion ?? null,
  );

export function readFaults(file: KeyStateFile): Map<string, Fault> {
  const faults = new Map<string, Fault>();
  for (const [stream, reason, type, version] of file.all(
    'SELECT stream, reason, newer_type, newer_version FROM faults',
  )) {
    const newer = typeof type === 'string' && typeof version === 'number' ? { type, schemaVersion: version } : null;
    faults.set(String(stream), { reason: String(reason), newer });
  }
  return faults;
}
