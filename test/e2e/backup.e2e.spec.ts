import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DescribeKeyCommand, RotateKeyOnDemandCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { Sha256Stream } from '@claviger/crypto';
import { startTestServer, TestServer } from '@claviger/testing';
import {
  acceptReport,
  backUp,
  bringRootKey,
  decrypt,
  encrypt,
  folders,
  newKey,
  operatorEnv,
  problems,
  restoreTo,
  type Secret,
  startHeld,
} from '../support/backup.js';
import { BuiltCli, claviger } from '../support/built-cli.js';
import { startServerWithClock } from '../servers/start-with-clock.js';

const DAY = 24 * 60 * 60 * 1000;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-backup-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a backup that was made under load', () => {
  let source: TestServer;
  let file: string;
  const before: Secret[] = [];
  const histories = new Map<string, unknown>();

  beforeAll(async () => {
    file = join(folder, 'load.backup');
    source = await startTestServer();
    const kms = source.kmsClient();
    for (let n = 0; n < 10; n += 1) {
      const keyId = await newKey(kms);
      before.push(await encrypt(kms, keyId, `first ${n}`));
      await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
      before.push(await encrypt(kms, keyId, `second ${n}`));
      histories.set(keyId, (await source.admin('GET', `/api/v1/keys/${keyId}/history`)).body);
    }
    // Four clients create, encrypt and rotate other keys while the backup is made.
    let going = true;
    let calls = 0;
    const client = async (): Promise<void> => {
      while (going) {
        const keyId = await newKey(kms);
        await encrypt(kms, keyId, 'meanwhile');
        await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
        calls += 3;
      }
    };
    const clients = Array.from({ length: 4 }, client);
    while (calls < 100) await delay(10);
    const atStart = calls;
    const made = await backUp(source, file);
    const meanwhile = calls - atStart;
    going = false;
    await Promise.all(clients);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(meanwhile).toBeGreaterThan(0);
  }, 120_000);
  afterAll(() => source.dispose());

  it('is one file of its owner, on record, and verifies offline with the key file', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.draft`)).toBe(false);
    const { body } = await source.admin('GET', '/api/v1/audit?operation=Backup');
    expect((body as { items: unknown[] }).items).toEqual([expect.objectContaining({ result: 'success' })]);
    const keyfile = join(source.folder, 'seal', 'root.key');
    const verified = await claviger(['backup', 'verify', file, '--seal-keyfile', keyfile, '--json'], {});
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      ok: true,
      keyed: { authentic: true, wrongEvent: null, wrongJournal: null },
    });
  }, 60_000);

  it('does not hold the root key, in any form', () => {
    const keyFile = readFileSync(join(source.folder, 'seal', 'root.key'));
    const root = keyFile.subarray(-32);
    const content = gunzipSync(readFileSync(file));
    const raw = content
      .toString('utf8')
      .split('\n')
      .flatMap((line) => Object.values(line === '' ? {} : (JSON.parse(line) as Record<string, unknown>)))
      .map((value) => Buffer.from(typeof value === 'string' ? value : '', 'base64'));
    for (const hidden of [keyFile, root, root.subarray(0, 16), root.subarray(16)]) {
      expect(content.includes(hidden.toString('base64').replace(/=+$/, ''))).toBe(false);
      expect(content.includes(hidden.toString('hex'))).toBe(false);
      expect(content.includes(hidden)).toBe(false);
      expect(raw.some((bytes) => bytes.includes(hidden))).toBe(false);
    }
  });

  it('does not replace a file that is there', async () => {
    const bytes = readFileSync(file);
    expect(await backUp(source, file)).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
    expect(readFileSync(file).equals(bytes)).toBe(true);
  }, 60_000);

  it('is restored onto an empty machine: keys rest until it is accepted, then every ciphertext opens and every event is there', async () => {
    const target = join(folder, 'empty-machine');
    bringRootKey(source.folder, target);
    const restored = await restoreTo(target, file);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    expect(restored.stdout).toContain('It verifies under the root key.');
    const { credentials, token } = source;
    await using server = new TestServer({ folder: target, credentials, token });
    await startHeld(server);
    const kms = server.kmsClient();
    await expect(decrypt(kms, before[0] as Secret)).rejects.toThrow();
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
    expect(await acceptReport(server)).toContain('The data was restored from a backup made at');

    for (const secret of before) expect(await decrypt(kms, secret)).toBe(secret.plain);
    for (const [keyId, history] of histories) {
      expect((await server.admin('GET', `/api/v1/keys/${keyId}/history`)).body).toEqual(history);
    }
    // Every version of every event has its material, made under load or before.
    expect(await problems(server)).toEqual([]);
    const { body } = await server.admin('GET', '/api/v1/audit?operation=Encrypt&limit=100');
    expect((body as { items: unknown[] }).items.length).toBeGreaterThan(before.length);
    await server.stop();
    const journal = await claviger(['audit', 'verify', '--json', ...folders(target)], {});
    expect([journal.code, JSON.parse(journal.stdout)]).toMatchObject([0, { ok: true }]);
    // A second start finds everything as it was accepted.
    await server.start();
    expect(await decrypt(server.kmsClient(), before[0] as Secret)).toBe('first 0');
  }, 120_000);

  it('is refused where data is, where it was restored before, and for another account', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(join(elsewhere, 'data'), { recursive: true });
    writeFileSync(join(elsewhere, 'data', 'notes.txt'), 'mine');
    expect((await restoreTo(elsewhere, file)).stderr).toContain(
      'CLAVIGER_DATA: expected an empty folder, found notes.txt',
    );
    expect((await restoreTo(join(folder, 'empty-machine'), file)).stderr).toContain('restored already');
    const other = await claviger(['restore', '--from', file, ...folders(join(folder, 'other'))], {
      CLAVIGER_ACCOUNT: '123456789012',
    });
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CLAVIGER_ACCOUNT: expected 000000000000'),
    });
    expect(existsSync(join(folder, 'other', 'data', 'events.db'))).toBe(false);
  }, 60_000);

  it('is refused when it was cut, anywhere, before anything is written', async () => {
    const target = join(folder, 'cut');
    const zipped = readFileSync(file);
    const lines = gunzipSync(zipped).toString('utf8').trimEnd().split('\n');
    const cut = join(folder, 'cut.backup');
    const cuts: [string, Buffer][] = [
      ['its compression does not open', zipped.subarray(0, zipped.length - 100)],
      ['without its end', gzipSync(`${lines.slice(0, -1).join('\n')}\n`)],
      ['in the middle of a line', gzipSync(lines.join('\n').slice(0, -20))],
      ['digest and counts', gzipSync(`${[...lines.slice(0, 20), ...lines.slice(21)].join('\n')}\n`)],
    ];
    for (const [reason, bytes] of cuts) {
      writeFileSync(cut, bytes);
      expect(await restoreTo(target, cut)).toMatchObject({ code: 1, stderr: expect.stringContaining(reason) });
      expect(existsSync(join(target, 'data', 'events.db'))).toBe(false);
    }
  }, 60_000);

  it('is refused when it was edited and its digest made anew: at the restore with the root key, else at the start', async () => {
    const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
    const victim = lines.findLastIndex((line) => line.includes('"kind":"event"'));
    const kept = lines.filter((_, index) => index !== victim).slice(0, -1);
    const hash = new Sha256Stream();
    for (const line of kept) hash.update(`${line}\n`);
    const end = JSON.parse(lines.at(-1) ?? '') as { counts: { events: number } };
    const forged = { ...end, counts: { ...end.counts, events: end.counts.events - 1 }, sha256: hash.hex() };
    const edited = join(folder, 'edited.backup');
    writeFileSync(edited, gzipSync(`${[...kept, JSON.stringify(forged)].join('\n')}\n`));

    const withKey = join(folder, 'edited-with-key');
    bringRootKey(source.folder, withKey);
    expect((await restoreTo(withKey, edited)).stderr).toContain('it was edited');
    const without = join(folder, 'edited-without-key');
    expect((await restoreTo(without, edited)).stdout).toContain('the next start verifies it');
    bringRootKey(source.folder, without);
    await using server = new TestServer({ folder: without });
    server.launch();
    expect((await server.exited).code).toBe(1);
    expect(server.output).toContain('does not verify under the root key');
    const verified = await claviger(
      ['backup', 'verify', edited, '--seal-keyfile', join(source.folder, 'seal', 'root.key')],
      {},
    );
    expect(verified).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('WRONG: it was not written by who holds'),
    });
  }, 60_000);
});

describe('an older backup beside the newer anchor', () => {
  it('keeps keys from use and names what is missing; once accepted, numbers go on above, and what was destroyed stays so', async () => {
    await using running = await startServerWithClock();
    const { server } = running;
    let kms = running.kmsClient();
    const keyId = await newKey(kms);
    const doomed = await newKey(kms);
    const old = await encrypt(kms, keyId, 'old');
    const gone = await encrypt(kms, doomed, 'gone');
    const file = join(folder, 'older.backup');
    expect(await backUp(server, file)).toMatchObject({ code: 0 });
    // After the backup: a rotation, a key, and a destruction.
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    const later = await newKey(kms);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: doomed, PendingWindowInDays: 7 }));
    await running.advance(8 * DAY);
    kms = running.kmsClient();
    const deadline = performance.now() + 20_000;
    while (performance.now() < deadline) {
      const state = (await server.admin('GET', `/api/v1/keys/${doomed}`)).body as { state?: string };
      if (state.state === 'Deleted') break;
      await running.advance(60_000);
    }
    await server.stop();
    // The data folder is lost; root key and anchor are not.
    renameSync(server.data, join(folder, 'lost-data'));
    const restored = await restoreTo(server.folder, file);
    expect(restored).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('was kept: it tells what the backup lacks'),
    });

    const port = new URL(server.url).port;
    await startHeld(server, { CLAVIGER_PORT: port, TEST_CLOCK_START: String(running.now + 10_000) });
    const reapplied = await server.logged(
      ({ message }) => message.includes('was destroyed again'),
      'the register',
      5_000,
    );
    expect(reapplied['reference']).toEqual(expect.any(String));
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('claviger_destructions_reapplied_total 1');
    kms = running.kmsClient();
    await expect(decrypt(kms, old)).rejects.toThrow();
    const findings = await acceptReport(server);
    expect(findings).toContain('The data was restored from a backup made at');
    expect(findings).toMatch(/The audit journal ends at entry \d+; the anchor has seen entry \d+\./);
    expect(findings).toMatch(/The event store ends at position \d+; the anchor has seen position \d+\./);
    expect(findings).toContain(`Key ${keyId} has versions up to 1 in the data; the anchor has seen version 2.`);
    expect(findings).toContain(`Key ${later} is not in the data; the anchor has seen version 1 of it.`);

    expect(await decrypt(kms, old)).toBe('old');
    // In the backup it was alive; its material is not.
    await expect(decrypt(kms, gone)).rejects.toThrow();
    await expect(kms.send(new DescribeKeyCommand({ KeyId: later }))).rejects.toThrow('does not exist');
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    const { body } = await server.admin('GET', `/api/v1/keys/${keyId}/versions`);
    expect((body as { versions: { version: number }[] }).versions.map(({ version }) => version)).toEqual([1, 3]);
  }, 180_000);
});

describe('kill -9', () => {
  let source: TestServer;
  let file: string;
  const KEYS = 1_500;

  beforeAll(async () => {
    file = join(folder, 'large.backup');
    source = await startTestServer();
    const kms = source.kmsClient();
    let left = KEYS;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (left-- > 0) await newKey(kms);
      }),
    );
  }, 120_000);
  afterAll(() => source.dispose());

  it('of the command in the middle of a backup leaves no file, and does not keep the next one from being made', async () => {
    const killed = new BuiltCli(['backup', '--to', file], operatorEnv(source));
    await killed.until(() => existsSync(`${file}.draft`));
    await killed.kill();
    expect(existsSync(file)).toBe(false);
    let made = await backUp(source, file);
    // Until the service has seen that the other one has gone.
    for (let tries = 0; tries < 50 && made.code !== 0; tries += 1) made = await backUp(source, file);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect((JSON.parse(made.stdout) as { counts: { sealed: number } }).counts.sealed).toBeGreaterThan(KEYS);
  }, 120_000);

  it('of the service in the middle of a backup never leaves half a file: it is whole, or the command fails and there is none', async () => {
    const broken = join(folder, 'broken.backup');
    const asked = new BuiltCli(['backup', '--to', broken], operatorEnv(source));
    await asked.until(() => (statSync(`${broken}.draft`, { throwIfNoEntry: false })?.size ?? 0) > 0);
    await source.kill();
    const { code, stderr } = await asked.done;
    await source.restart();
    expect(existsSync(`${broken}.draft`)).toBe(false);
    expect(existsSync(broken)).toBe(code === 0);
    // All of it may have been on its way already.
    if (code === 0) expect(await claviger(['backup', 'verify', broken], {})).toMatchObject({ code: 0 });
    else expect(stderr).toMatch(/broke off|no whole backup/);
  }, 60_000);

  it('of a restore leaves a folder on which nothing starts, until the same file was restored again', async () => {
    const target = join(folder, 'killed-restore');
    bringRootKey(source.folder, target);
    const mark = join(target, 'data', 'restore.json');
    const events = join(target, 'data', 'events.db-wal');
    const killed = new BuiltCli(['restore', '--from', file, ...folders(target)], {});
    await killed.until(() => existsSync(events) && statSync(events).size > 100_000);
    await killed.kill();
    expect(JSON.parse(readFileSync(mark, 'utf8'))).toMatchObject({ state: 'running' });

    const { credentials, token } = source;
    await using server = new TestServer({ folder: target, credentials, token });
    server.launch();
    expect((await server.exited).code).toBe(1);
    expect(server.output).toContain('holds an unfinished restore');
    // Half of one backup is not finished with another.
    const other = join(folder, 'another.backup');
    expect(await backUp(source, other)).toMatchObject({ code: 0 });
    expect((await restoreTo(target, other)).stderr).toContain('half of another backup');
    expect(await restoreTo(target, file)).toMatchObject({ code: 0 });
    await startHeld(server);
    await acceptReport(server);
    expect(await problems(server)).toEqual([]);
    const { body } = await server.admin('GET', '/api/v1/doctor');
    expect(body).toMatchObject({ versions: KEYS });
  }, 120_000);
});
