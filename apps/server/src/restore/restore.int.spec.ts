import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventStore } from '@claviger/adapters/event-store-sqlite';
import { openSqliteSealedStore } from '@claviger/adapters/sealed-store-sqlite';
import { HmacSha256 } from '@claviger/crypto';
import { JsonLogger, loadSettings, type Settings, SystemClock, SystemIds } from '@claviger/platform';
import { ANCHOR_FILE, type BackupLine, BackupTally } from '@claviger/ports';
import { refuseHalfRestored, restoredFrom } from './restored.js';
import { type Restored, restore } from './restore.js';
import { readMark } from './mark.js';

const KEY = new HmacSha256(Buffer.alloc(32, 9));
const clock = new SystemClock();
const surroundings = { clock, ids: new SystemIds(clock), logger: new JsonLogger({ clock, level: 'error' }) };

const HEADER: BackupLine = {
  kind: 'header',
  format: 'claviger backup',
  version: 1,
  account: '000000000000',
  regions: ['us-east-1'],
  profile: 'embedded',
  node: 'n1',
  madeAt: '2026-11-25T12:00:00.000Z',
  position: '3',
  journal: { sequence: 7, link: '0'.repeat(64) },
  anchor: null,
};
const event = (stream: string, revision: number, n: number): BackupLine => ({
  kind: 'event',
  stream,
  revision,
  id: `5f1c0000-0000-5000-8000-${n.toString(16).padStart(12, '0')}`,
  type: 'Happened',
  schemaVersion: 2,
  data: `{"n":${n}}`,
  metadata: '{"a":"ü"}',
  mac: Buffer.alloc(32, n).toString('base64'),
});
const SEALED: BackupLine = {
  kind: 'sealed',
  reference: '00000000-0000-4000-8000-000000000001',
  sealed: 'material',
  wrappedKey: 'AAEC',
  blob: 'AwQF',
  about: '{"x":1}',
};
const JOURNAL: readonly BackupLine[] = [
  { kind: 'file', folder: 'journal', name: 'journal.key' },
  { kind: 'bytes', bytes: Buffer.from('wrapped').toString('base64') },
  { kind: 'file', folder: 'journal', name: '00000001-0000000000000001.segment' },
  { kind: 'bytes', bytes: Buffer.from('first ').toString('base64') },
  { kind: 'bytes', bytes: Buffer.from('second').toString('base64') },
];
const EVENTS = [event('key-a', 0, 1), event('key-b', 0, 2), event('key-a', 1, 3)];
const ANCHOR: readonly BackupLine[] = [
  { kind: 'file', folder: 'anchor', name: ANCHOR_FILE },
  { kind: 'bytes', bytes: Buffer.from('anchored').toString('base64') },
];
const WHOLE = [HEADER, ...JOURNAL, ...EVENTS, SEALED, ...ANCHOR];

let folder: string;
let settings: Settings;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-restore-'));
  file = join(folder, 'a.backup');
  const env = {
    CLAVIGER_DATA: join(folder, 'data'),
    CLAVIGER_ANCHOR: join(folder, 'anchor'),
    CLAVIGER_SEAL_KEYFILE: join(folder, 'seal', 'root.key'),
  };
  settings = loadSettings(env, (path) => readFileSync(path, 'utf8')).settings;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(lines: readonly BackupLine[], key = KEY): void {
  const tally = new BackupTally();
  const texts = lines.map((line) => JSON.stringify(line));
  lines.forEach((line, i) => tally.add(line, texts[i] ?? ''));
  writeFileSync(file, `${[...texts, JSON.stringify(tally.end(key, 1))].join('\n')}\n`);
}

const run = (): Promise<Restored> => restore(file, settings, surroundings, () => undefined);

describe('a restore', () => {
  it('puts events, records, journal and anchor where they were, as they were', async () => {
    write(WHOLE);
    expect(await run()).toMatchObject({ anchor: 'taken over', authentic: 'at the next start', archived: false });
    const events = new SqliteEventStore({ path: join(settings.data, 'events.db') });
    const { events: stored } = await events.readAll({ after: 0n, maxCount: 10 });
    await events.close();
    expect(
      stored.map(({ stream, revision, mac, metadata, schemaVersion }) => [
        stream,
        revision,
        mac[0],
        metadata,
        schemaVersion,
      ]),
    ).toEqual([
      ['key-a', 0, 1, '{"a":"ü"}', 2],
      ['key-b', 0, 2, '{"a":"ü"}', 2],
      ['key-a', 1, 3, '{"a":"ü"}', 2],
    ]);
    const sealed = openSqliteSealedStore({ path: join(settings.data, 'sealed.db') });
    expect(await sealed.get('00000000-0000-4000-8000-000000000001')).toMatchObject({
      kind: 'material',
      about: '{"x":1}',
    });
    await sealed.close();
    const journal = join(settings.data, 'journal');
    expect(readFileSync(join(journal, '00000001-0000000000000001.segment'), 'utf8')).toBe('first second');
    expect(readFileSync(join(settings.anchor, ANCHOR_FILE), 'utf8')).toBe('anchored');
    expect(restoredFrom(settings.data, KEY)).toEqual({ madeAt: '2026-11-25T12:00:00.000Z', position: '3', entry: 7 });
    expect(() => refuseHalfRestored(settings.data)).not.toThrow();
  });

  it('keeps an anchor that is there', async () => {
    mkdirSync(settings.anchor);
    writeFileSync(join(settings.anchor, ANCHOR_FILE), 'newer');
    write(WHOLE);
    expect(await run()).toMatchObject({ anchor: 'kept' });
    expect(readFileSync(join(settings.anchor, ANCHOR_FILE), 'utf8')).toBe('newer');
    expect(readdirSync(settings.anchor)).toEqual([ANCHOR_FILE]);
  });

  it('keeps journals that are streams as an archive where the journal is a folder', async () => {
    const entry = { ...event('audit-journal-n1', 0, 9), kind: 'journal-event' } as BackupLine;
    write([HEADER, entry, entry, ...EVENTS, SEALED, ...ANCHOR]);
    expect(await run()).toMatchObject({ archived: true });
    const kept = readFileSync(join(settings.data, 'archive', 'audit-journal-n1.jsonl'), 'utf8');
    expect(
      kept
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([entry, entry]);
  });

  it.each(['../../etc/passwd', 'restore.json', '/tmp/x', 'journal.key/../../x'])(
    'refuses a journal file that is named %s, and leaves nothing to start on',
    async (name) => {
      write([HEADER, { kind: 'file', folder: 'journal', name }, ...ANCHOR]);
      await expect(run()).rejects.toMatchObject({ name: 'BackupDamaged' });
      expect(readMark(settings.data)?.state).toBe('running');
      expect(() => refuseHalfRestored(settings.data)).toThrow('unfinished restore');
    },
  );

  it('goes on where it was cut short, and refuses what else stands there', async () => {
    // As a kill leaves it: the mark, and some of it written.
    write(WHOLE);
    await run();
    const mark = join(settings.data, 'restore.json');
    writeFileSync(mark, readFileSync(mark, 'utf8').replace('"done"', '"running"'));
    expect(await run()).toMatchObject({ anchor: 'kept' });
    writeFileSync(mark, readFileSync(mark, 'utf8').replace('"done"', '"running"'));
    const events = new SqliteEventStore({ path: join(settings.data, 'events.db') });
    const id = '5f1c0000-0000-5000-8000-00000000004d';
    const strange = { id, type: 'Happened', schemaVersion: 1, data: '{}', metadata: '{}', mac: Buffer.alloc(32) };
    await events.append('key-b', 0, [strange]);
    await events.close();
    write([HEADER, ...JOURNAL, ...EVENTS, event('key-b', 1, 4), SEALED, ...ANCHOR]);
    await expect(run()).rejects.toThrow('half of another backup');
    const { sha256 } = JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '') as { sha256: string };
    writeFileSync(mark, readFileSync(mark, 'utf8').replace(/"sha256": "[0-9a-f]+"/, `"sha256": "${sha256}"`));
    await expect(run()).rejects.toThrow('holds something else in stream key-b');
  });

  it('is refused at the start when it was not written under the backup key', async () => {
    write(WHOLE, new HmacSha256(Buffer.alloc(32, 1)));
    await run();
    expect(() => restoredFrom(settings.data, KEY)).toThrow('does not verify under the root key');
  });

  it('writes nothing for another account, Region, or file', async () => {
    write([{ ...HEADER, account: '123456789012' }, ...ANCHOR]);
    await expect(run()).rejects.toThrow('CLAVIGER_ACCOUNT: expected 123456789012');
    write([{ ...HEADER, regions: ['eu-central-1'] }, ...ANCHOR]);
    await expect(run()).rejects.toThrow('CLAVIGER_REGIONS: expected eu-central-1');
    writeFileSync(file, 'no backup');
    await expect(run()).rejects.toMatchObject({ name: 'BackupDamaged' });
    expect(existsSync(settings.data)).toBe(false);
  });
});
