import { MAC_LENGTH } from '@claviger/crypto';
import type { EventRecord, StreamHeads } from '@claviger/ports';
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

/** Fills `heads`; whether they are the right ones is told by their sum. */
export function readHeads(file: KeyStateFile, heads: StreamHeads): StreamHeads {
  for (const [stream, revision, mac] of file.all('SELECT stream, revision, mac FROM heads')) {
    if (typeof stream !== 'string' || !(mac instanceof Uint8Array) || mac.length !== MAC_LENGTH) {
      throw new RowIntegrityError('heads', String(stream));
    }
    heads.load(stream, Number(revision), mac);
  }
  return heads;
}

export const writeFault = (file: KeyStateFile, stream: string, reason: string): void =>
  file.run('INSERT OR REPLACE INTO faults VALUES (?,?)', stream, reason);

export const readFaults = (file: KeyStateFile): Map<string, string> =>
  new Map(file.all('SELECT stream, reason FROM faults').map(([stream, reason]) => [String(stream), String(reason)]));
