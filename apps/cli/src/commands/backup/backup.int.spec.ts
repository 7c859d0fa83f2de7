import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HmacSha256 } from '@claviger/crypto';
import { BackupTally, type BackupLine } from '@claviger/ports';
import { cliRig } from '../../../../../test/support/cli/rig.js';

const KEY = new HmacSha256(Buffer.alloc(32, 1));
const LINES: readonly BackupLine[] = [
  {
    kind: 'header',
    format: 'claviger backup',
    version: 1,
    account: '000000000000',
    regions: ['us-east-1'],
    profile: 'embedded',
    node: 'n1',
    madeAt: '2026-11-25T12:00:00.000Z',
    position: '600',
    journal: { sequence: 3, link: '0'.repeat(64) },
    anchor: null,
  },
  ...Array.from(
    { length: 600 },
    (_, revision): BackupLine => ({
      kind: 'event',
      stream: 'key-1',
      revision,
      id: `id-${revision}`,
      type: 'KeyCreated',
      schemaVersion: 1,
      data: '{}',
      metadata: '{}',
      mac: 'AAEC',
    }),
  ),
];

function wholeBackup(): string {
  const tally = new BackupTally();
  const texts = LINES.map((line) => JSON.stringify(line));
  LINES.forEach((line, i) => tally.add(line, texts[i] ?? ''));
  return `${[...texts, JSON.stringify(tally.end(KEY, 2))].join('\n')}\n`;
}

const NDJSON = { 'content-type': 'application/x-ndjson' };
const rig = cliRig();
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-cli-backup-'));
  file = join(folder, 'a.backup');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('claviger backup', () => {
  it('keeps what the service sends in one compressed file of its owner, and shows how far it is to who watches', async () => {
    rig.reply = () => ({ body: wholeBackup(), headers: NDJSON });
    rig.io.watched = true;
    expect(await rig.claviger('backup', '--to', file, '--reason', 'nightly')).toBe(0);
    expect(rig.asked()).toEqual(['POST /api/v1/operator/backup']);
    expect(rig.service.asked[0]?.headers['x-claviger-reason']).toBe('nightly');
    expect(gunzipSync(readFileSync(file)).toString('utf8')).toBe(wholeBackup());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.backup']);
    expect(rig.io.stdout).toContain('600, to position 600');
    expect(rig.io.stdout).toContain('The root key is not in it.');
    expect(rig.io.stderr).toContain('backup: 500 records');
  });

  it.each([
    [
      'is cut between lines',
      (text: string) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1),
      'it was cut',
    ],
    ['is cut in a line', (text: string) => text.slice(0, -30), 'in the middle of a line'],
    ['lacks a line', (text: string) => text.split('\n').toSpliced(5, 1).join('\n'), 'digest and counts'],
    ['is no backup', () => 'hello\n', 'no line of a backup'],
    ['is empty', () => '', 'it is empty'],
  ])('leaves no file when what comes %s', async (_, damage, reason) => {
    rig.reply = () => ({ body: damage(wholeBackup()), headers: NDJSON });
    expect(await rig.claviger('backup', '--to', file)).toBe(1);
    expect(rig.io.stderr).toContain('no whole backup');
    expect(rig.io.stderr).toContain(reason);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what the service says when it refuses, and leaves no file', async () => {
    rig.reply = () => ({
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
      body: { detail: 'A backup is being made already.' },
    });
    expect(await rig.claviger('backup', '--to', file)).toBe(1);
    expect(rig.io.stderr).toBe('claviger: A backup is being made already.\n');
    expect(existsSync(file)).toBe(false);
  });

  it('never replaces a file, and does not ask the service for nothing', async () => {
    writeFileSync(file, 'mine');
    expect(await rig.claviger('backup', '--to', file)).toBe(1);
    expect(rig.io.stderr).toContain('is there already');
    expect([readFileSync(file, 'utf8'), rig.asked()]).toEqual(['mine', []]);
    expect(await rig.claviger('backup', '--to', join(folder, 'no', 'folder.backup'))).toBe(1);
    expect(rig.io.stderr).toContain('could not be written (ENOENT)');
    expect(await rig.claviger('backup')).toBe(2);
    expect(rig.asked()).toEqual([]);
  });
});
