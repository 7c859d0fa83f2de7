import { type BackupEnd, type BackupHeader, type BackupLine, LONGEST_BACKUP_LINE } from './lines.js';
import { parseBackupLine } from './parse-line.js';
import { BackupTally } from './seal.js';

/** What was read is no backup, or not a whole one. The message says what, for people. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}

/** What stands between header and end. */
export type BackupContent = Exclude<BackupLine, BackupHeader | BackupEnd>;

export interface BackupVisitor {
  readonly header?: (header: BackupHeader) => Promise<void> | void;
  readonly content?: (line: BackupContent) => Promise<void> | void;
}

/**
 * Reads a backup once, line by line, and returns its header and end when everything in between is what the end says. Nothing that a
 * visitor was shown may be believed before that.
 *
 * @param chunks the bytes of the backup, uncompressed
 * @throws BackupDamaged; what `chunks` and the visitor throw
 */
export async function readBackup(
  chunks: AsyncIterable<Uint8Array>,
  visitor: BackupVisitor,
): Promise<{ readonly header: BackupHeader; readonly end: BackupEnd }> {
  const tally = new BackupTally();
  let header: BackupHeader | undefined;
  let end: BackupEnd | undefined;
  let number = 0;
  for await (const text of linesOf(chunks)) {
    number += 1;
    if (end !== undefined) throw new BackupDamaged(`something follows the end of the backup, in line ${number}`);
    const line = parseBackupLine(text);
    if (line === undefined) throw new BackupDamaged(`line ${number} is no line of a backup`);
    if ((header === undefined) !== (line.kind === 'header')) {
      throw new BackupDamaged(
        header === undefined ? 'it does not begin like a backup' : `line ${number} is a second header`,
      );
    }
    switch (line.kind) {
      case 'header':
        header = line;
        tally.add(line, text);
        await visitor.header?.(line);
        break;
      case 'end':
        end = line;
        break;
      case 'event':
      case 'journal-event':
      case 'sealed':
      case 'file':
      case 'bytes':
        tally.add(line, text);
        await visitor.content?.(line);
        break;
    }
  }
  if (header === undefined) throw new BackupDamaged('it is empty');
  if (end === undefined) throw new BackupDamaged(`it was cut: it ends after line ${number}, without its end`);
  if (!tally.agrees(end)) {
    throw new BackupDamaged('it was changed: its digest and counts are not the ones that its last line states');
  }
  return { header, end };
}

/** Its lines one by one, whatever they come to; for who has read it whole before. @throws BackupDamaged */
export async function* backupContent(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupLine, void, undefined> {
  for await (const text of linesOf(chunks)) {
    const line = parseBackupLine(text);
    if (line === undefined) throw new BackupDamaged('it holds a line that is no line of a backup');
    yield line;
  }
}

/** @throws BackupDamaged for a line that is too long, or bytes that are no UTF-8 */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunks) {
    rest += decode(() => decoder.decode(chunk, { stream: true }));
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_BACKUP_LINE) throw new BackupDamaged('a line of it is longer than any line of a backup');
    yield* lines;
  }
  rest += decode(() => decoder.decode());
  if (rest !== '') throw new BackupDamaged('it was cut in the middle of a line');
}

function decode(work: () => string): string {
  try {
    return work();
  } catch {
    throw new BackupDamaged('it holds bytes that are no text');
  }
}
