import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileAnchor } from '@claviger/adapters/anchor-file';
import { SegmentsAuditJournal } from '@claviger/adapters/audit-journal-segments';
import { createKeyFile, openKeyFileSeal } from '@claviger/adapters/seal-keyfile';
import { openSqliteSealedStore } from '@claviger/adapters/sealed-store-sqlite';
import { encodeFrame, FRAME_HEADER_LENGTH, HmacSha256, parseFrame, SecretBytes } from '@claviger/crypto';
import { JsonLogger } from '@claviger/platform';
import {
  JOURNAL_KEY_CONTEXT,
  SEGMENT_HEADER_LENGTH,
  SealedDetailKeys,
  SealedSecrets,
  SYSTEM_KEY_REFERENCES,
} from '@claviger/ports';
import { run } from '../../run.js';
import { FakeIo, NOW } from '../../../../../test/support/cli/fake-io.js';

let folder: string;
let io: FakeIo;
const at = (...names: readonly string[]): string => join(folder, ...names);

/** Files as a service leaves them: `calls` records, all of them anchored. */
async function serviceFiles(calls: number, compress = true): Promise<void> {
  mkdirSync(at('data', 'journal'), { recursive: true });
  createKeyFile(at('seal', 'root.key'), randomBytes, { dataFolder: at('data') });
  const seal = openKeyFileSeal(at('seal', 'root.key'), { dataFolder: at('data'), random: randomBytes });
  const store = openSqliteSealedStore({ path: at('data', 'sealed.db') });
  const secrets = new SealedSecrets(store, seal, randomBytes);
  const reference = SYSTEM_KEY_REFERENCES.anchor;
  using anchorSecret = await secrets.create(
    reference,
    'system-key',
    { name: 'anchor' },
    SecretBytes.take(randomBytes(32)),
  );
  using journalKey = SecretBytes.take(randomBytes(32));
  const wrapped = await seal.wrap(journalKey, JOURNAL_KEY_CONTEXT);
  writeFileSync(at('data', 'journal', 'journal.key'), `${Buffer.from(wrapped).toString('base64')}\n`);
  const logger = new JsonLogger({ clock: io.clock, level: 'error', sink: () => undefined });
  const journal = await SegmentsAuditJournal.open({
    folder: at('data', 'journal'),
    journalKey,
    detailKeys: new SealedDetailKeys(secrets, randomBytes),
    random: randomBytes,
    clock: io.clock,
    segmentBytes: 8192,
    retention: { compress },
  });
  const anchor = await FileAnchor.open({ folder: at('anchor'), key: new HmacSha256(anchorSecret), logger });
  for (let call = 0; call < calls; call += 1) {
    await journal.append({
      account: '000000000000',
      at: NOW,
      open: `{"v":1,"id":"call-${call}"}`,
      detail: '{"source":"10.0.0.1"}',
    });
  }
  const sequence = journal.head();
  const link = (await journal.link(sequence)) ?? '';
  await anchor.advance({ journal: { sequence, link }, store: { position: '0', sum: '00'.repeat(32) }, heartbeat: NOW });
  await journal.close();
  await anchor.close();
  await store.close();
}

const verify = (...args: readonly string[]): Promise<number> => run(['audit', 'verify', ...args], io);
const segments = (): readonly string[] =>
  readdirSync(at('data', 'journal'))
    .filter((name) => name.includes('.segment'))
    .sort();

/** Changes the bytes of one segment. */
function edit(name: string, change: (bytes: Buffer) => Buffer): void {
  const path = at('data', 'journal', name);
  writeFileSync(path, change(readFileSync(path)));
}

/** Offsets of the groups of a segment. */
function groupsOf(
  bytes: Buffer,
): readonly { readonly offset: number; readonly payload: Buffer; readonly next: number }[] {
  const groups = [];
  for (let offset = SEGMENT_HEADER_LENGTH; ; ) {
    const frame = parseFrame(bytes, offset);
    if (frame.kind !== 'ok') return groups;
    groups.push({ offset, payload: Buffer.from(frame.payload), next: frame.next });
    offset = frame.next;
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-verify-'));
  io = new FakeIo({
    CLAVIGER_DATA: at('data'),
    CLAVIGER_SEAL_KEYFILE: at('seal', 'root.key'),
    CLAVIGER_ANCHOR: at('anchor'),
    // None of its business, and no reason to stop.
    CLAVIGER_PORT: 'nonsense',
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('claviger audit verify', () => {
  it('finds nothing wrong with a journal that is as it was written, needs no token, and changes nothing', async () => {
    await serviceFiles(60);
    const before = readdirSync(folder, { recursive: true }).map(String).sort();
    expect([await verify(), io.stderr]).toEqual([0, '']);
    expect(io.stdout).toMatch(/records verified +1 to 60 \(60, in \d+ segments?\)/);
    expect(io.stdout).toMatch(/anchor +compared, last written 2026-11-26 14:30:00/);
    expect(io.stdout).toMatch(/\nThe journal is as it was written\.\n$/);
    expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual(before);
  });

  it('tells programs the same', async () => {
    await serviceFiles(3);
    expect(await verify('--json')).toBe(0);
    expect(JSON.parse(io.stdout)).toMatchObject({
      ok: true,
      chain: { ok: true, first: 1, entries: 3, head: { sequence: 3 }, anchorChecked: true },
      anchor: { state: 'checked', heartbeat: NOW },
    });
  });

  it('names the record of which one byte was changed, although its checksum was made anew', async () => {
    await serviceFiles(60, false);
    const [first = ''] = segments();
    edit(first, (bytes) => {
      const group = groupsOf(bytes)[4];
      if (group === undefined) throw new Error('too few groups');
      const text = group.payload.indexOf('"call-4"');
      group.payload[text + 6] = 0x39;
      return Buffer.concat([
        bytes.subarray(0, group.offset),
        Buffer.from(encodeFrame(group.payload)),
        bytes.subarray(group.next),
      ]);
    });
    expect(await verify()).toBe(1);
    expect(io.stdout).toMatch(/WRONG: record 5 was changed \(segment 1, offset \d+\)\./);
  });

  it('names the record that was removed', async () => {
    await serviceFiles(60, false);
    const [first = ''] = segments();
    edit(first, (bytes) => {
      const group = groupsOf(bytes)[2];
      if (group === undefined) throw new Error('too few groups');
      return Buffer.concat([
        bytes.subarray(0, group.offset),
        bytes.subarray(group.next),
        Buffer.alloc(group.next - group.offset),
      ]);
    });
    expect(await verify()).toBe(1);
    expect(io.stdout).toMatch(/WRONG: record 3 was removed/);
  });

  it('names a tail that was cut below the anchor', async () => {
    await serviceFiles(60, false);
    const last = segments().findLast((name) => groupsOf(readFileSync(at('data', 'journal', name))).length > 1) ?? '';
    edit(last, (bytes) => {
      const group = groupsOf(bytes).at(-1);
      if (group === undefined) throw new Error('no group');
      return Buffer.concat([bytes.subarray(0, group.offset), Buffer.alloc(bytes.length - group.offset)]);
    });
    expect(await verify()).toBe(1);
    expect(io.stdout).toMatch(/WRONG: record 60 is missing at the end although the anchor names it/);
  });

  it('finds an anchor that was changed', async () => {
    await serviceFiles(5);
    const path = at('anchor', 'anchor.log');
    const bytes = readFileSync(path);
    bytes[bytes.length - FRAME_HEADER_LENGTH - 40] = (bytes[bytes.length - FRAME_HEADER_LENGTH - 40] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(await verify()).toBe(1);
    expect(io.stdout).toMatch(/WRONG: the anchor in .* does not verify under its key\./);
  });

  it('says what it could not compare when anchor or sealed store are not at hand', async () => {
    await serviceFiles(5);
    expect(await verify('--anchor', at('elsewhere'))).toBe(0);
    expect(io.stdout).toMatch(/anchor +none in .*elsewhere: a tail that was cut off cannot be noticed/);
    rmSync(at('data', 'sealed.db'));
    io.stdout = '';
    expect(await verify()).toBe(0);
    expect(io.stdout).toMatch(/anchor +not compared: its key is in the sealed store/);
  });

  it('works on a copy in other folders', async () => {
    await serviceFiles(5);
    const copy = at('copy');
    mkdirSync(join(copy, 'journal'), { recursive: true });
    for (const name of readdirSync(at('data', 'journal')))
      copyFileSync(at('data', 'journal', name), join(copy, 'journal', name));
    copyFileSync(at('seal', 'root.key'), at('key'));
    rmSync(at('data'), { recursive: true });
    expect(await verify('--data', copy, '--seal-keyfile', at('key'))).toBe(0);
  });

  it.each([
    [
      'the key file',
      () => rmSync(at('seal', 'root.key')),
      /Cannot verify: the key file of the seal \(--seal-keyfile\) is not there/,
    ],
    [
      "the journal's key",
      () => rmSync(at('data', 'journal', 'journal.key')),
      /Cannot verify: the journal's key \(--data\) is not there/,
    ],
    [
      'a key file that is one',
      () => writeFileSync(at('seal', 'root.key'), 'x'),
      /the seal's key file is not one: expected 104 bytes, found 1/,
    ],
  ])('says what is missing without %s', async (_, harm, message) => {
    await serviceFiles(1);
    harm();
    expect([await verify(), io.stdout]).toEqual([1, '']);
    expect(io.stderr).toMatch(message);
  });

  it('does not open with the key file of another installation', async () => {
    await serviceFiles(1);
    rmSync(at('seal'), { recursive: true });
    createKeyFile(at('seal', 'root.key'), randomBytes);
    expect(await verify()).toBe(1);
    expect(io.stderr).toMatch(/belongs to another installation/);
  });

  it('shows how far it is to who watches', async () => {
    await serviceFiles(60);
    io.watched = true;
    await verify();
    expect(io.stderr).toMatch(/verifying \[#{30}\] 100 %/);
  });
});
