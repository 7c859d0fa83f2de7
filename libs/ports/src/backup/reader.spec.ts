import { HmacSha256 } from '@claviger/crypto';
import fc from 'fast-check';
import {
  BACKUP_FORMAT,
  BACKUP_VERSION,
  type BackupEnd,
  type BackupHeader,
  type BackupLine,
  LONGEST_BACKUP_LINE,
} from './lines.js';
import { parseBackupLine } from './parse-line.js';
import { readBackup } from './reader.js';
import { BackupTally, isBackupAuthentic } from './seal.js';

const KEY = new HmacSha256(Buffer.alloc(32, 7));

const HEADER: BackupHeader = {
  kind: 'header',
  format: BACKUP_FORMAT,
  version: BACKUP_VERSION,
  account: '000000000000',
  regions: ['us-east-1'],
  profile: 'embedded',
  node: 'n1',
  madeAt: '2026-11-25T00:00:00.000Z',
  position: '2',
  journal: { sequence: 3, link: '0'.repeat(64) },
  anchor: null,
};
const event = (revision: number): BackupLine => ({
  kind: 'event',
  stream: 'key-1',
  revision,
  id: `id-${revision}`,
  type: 'KeyCreated',
  schemaVersion: 1,
  data: '{"ü":"\u2028"}',
  metadata: '{}',
  mac: 'AAEC',
});
const CONTENT: readonly BackupLine[] = [
  { kind: 'file', folder: 'journal', name: 'journal.key' },
  { kind: 'bytes', bytes: 'AAEC' },
  event(0),
  event(1),
  { kind: 'sealed', reference: 'r', sealed: 'material', wrappedKey: 'AAEC', blob: 'AAEC', about: '{}' },
];

function textsOf(lines: readonly BackupLine[]): string[] {
  const tally = new BackupTally();
  const texts = lines.map((line) => JSON.stringify(line));
  lines.forEach((line, i) => tally.add(line, texts[i] ?? ''));
  return [...texts, JSON.stringify(tally.end(KEY, 4))];
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = (texts: readonly string[], size = 7): Promise<{ header: BackupHeader; end: BackupEnd }> =>
  readBackup(inPieces(Buffer.from(texts.map((text) => `${text}\n`).join('')), size), {});

describe('reading a backup', () => {
  const texts = textsOf([HEADER, ...CONTENT]);

  it('gives its lines in order, wherever the bytes are cut into pieces', async () => {
    const seen: BackupLine[] = [];
    const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
    for (const size of [1, 2, 1000]) {
      seen.length = 0;
      const { header, end } = await readBackup(inPieces(bytes, size), { content: (line) => void seen.push(line) });
      expect([header, seen]).toEqual([HEADER, CONTENT]);
      expect(end.counts).toEqual({ events: 2, journalEvents: 0, sealed: 1, files: 1, destroyed: 4 });
      expect(isBackupAuthentic(KEY, end)).toBe(true);
    }
  });

  it('refuses one that lacks any of its lines, or has one twice, or two exchanged', async () => {
    for (let i = 0; i < texts.length; i += 1) {
      await expect(read(texts.toSpliced(i, 1))).rejects.toMatchObject({ name: 'BackupDamaged' });
      await expect(read(texts.toSpliced(i, 0, texts[i] ?? ''))).rejects.toMatchObject({ name: 'BackupDamaged' });
    }
    const exchanged = texts.with(3, texts[4] ?? '').with(4, texts[3] ?? '');
    await expect(read(exchanged)).rejects.toThrow('it was changed');
  });

  it('refuses one that is cut after any byte', async () => {
    const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
    for (let length = 0; length < bytes.length; length += 13) {
      const cut = readBackup(inPieces(bytes.subarray(0, length), 4096), {});
      await expect(cut).rejects.toMatchObject({ name: 'BackupDamaged' });
    }
  });

  it('refuses a line that never ends, bytes that are no text, and what follows the end', async () => {
    const endless = Buffer.alloc(LONGEST_BACKUP_LINE + 2, 'a');
    await expect(readBackup(inPieces(endless, 1 << 20), {})).rejects.toThrow('longer than any line');
    await expect(readBackup(inPieces(Buffer.from([0xff, 0x0a]), 2), {})).rejects.toThrow('no text');
    await expect(read([...texts, JSON.stringify(event(2))])).rejects.toThrow('follows the end');
  });

  it('tells an end that was made anew without the key', async () => {
    const { end } = await read(texts);
    expect(isBackupAuthentic(new HmacSha256(Buffer.alloc(32, 8)), end)).toBe(false);
    const counts = { ...end.counts, destroyed: end.counts.destroyed - 1 };
    expect(isBackupAuthentic(KEY, { ...end, counts })).toBe(false);
  });

  it('takes any text for a line or for none, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc
            .record({ kind: fc.constantFrom('header', 'event', 'end', 'toString') })
            .map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(parseBackupLine(text)).toBeUndefined();
        },
      ),
    );
  });
});
