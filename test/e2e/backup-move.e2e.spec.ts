import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { startTestServer, TestServer } from '@claviger/testing';
import { ClusterServers } from '../servers/cluster/servers.js';
import {
  acceptReport,
  backUp,
  bringRootKey,
  decrypt,
  encrypt,
  folders,
  newKey,
  problems,
  restoreTo,
  type Secret,
  startHeld,
  untilReady,
} from '../support/backup.js';
import { claviger } from '../support/built-cli.js';

describe('a service that moves by backup', () => {
  let folder: string;
  let servers: ClusterServers;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clv-move-'));
    servers = await ClusterServers.start({
      folder: join(folder, 'servers'),
      kept: false,
      cabled: false,
      log: () => () => undefined,
    });
  }, 120_000);
  afterAll(async () => {
    await servers?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('from the embedded profile to EventStoreDB and PostgreSQL, and back, opens every ciphertext of before', async () => {
    const secrets: Secret[] = [];
    await using source = await startTestServer();
    const { credentials, token } = source;
    const keyId = await newKey(source.kmsClient());
    secrets.push(await encrypt(source.kmsClient(), keyId, 'embedded'));
    const first = join(folder, 'embedded.backup');
    expect(await backUp(source, first)).toMatchObject({ code: 0 });
    await source.stop();

    // There.
    const there = join(folder, 'cluster-node');
    const env = servers.settings();
    bringRootKey(source.folder, there);
    const moved = await restoreTo(there, first, env);
    expect(moved).toMatchObject({ code: 0, stderr: '' });
    expect(moved.stdout).toContain('The journal is of another profile');
    const archive = await claviger(
      ['audit', 'verify', '--json', ...folders(there), '--data', join(there, 'data', 'archive')],
      {},
    );
    expect([archive.code, JSON.parse(archive.stdout)]).toMatchObject([0, { chain: { ok: true } }]);
    await using node = new TestServer({ folder: there, credentials, token, env });
    await startHeld(node);
    await acceptReport(node);
    await untilReady(node);
    const kms = node.kmsClient();
    expect(await decrypt(kms, secrets[0] as Secret)).toBe('embedded');
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    secrets.push(await encrypt(kms, keyId, 'cluster'));
    expect(await problems(node)).toEqual([]);
    const second = join(folder, 'cluster.backup');
    expect(await backUp(node, second)).toMatchObject({ code: 0 });
    const keyfile = join(source.folder, 'seal', 'root.key');
    const verified = await claviger(['backup', 'verify', second, '--seal-keyfile', keyfile, '--json'], {});
    expect(JSON.parse(verified.stdout)).toMatchObject({
      ok: true,
      header: { profile: 'cluster' },
      keyed: { authentic: true, wrongEvent: null, wrongJournal: null },
    });
    await node.stop();

    // Its stores are filled now: nothing is mixed with them.
    const again = join(folder, 'again');
    bringRootKey(source.folder, again);
    const refused = await restoreTo(again, first, env);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('found events in the event store') });
    expect(existsSync(join(again, 'data', 'restore.json'))).toBe(false);

    // And back.
    const back = join(folder, 'embedded-again');
    bringRootKey(source.folder, back);
    expect(await restoreTo(back, second)).toMatchObject({ code: 0 });
    await using home = new TestServer({ folder: back, credentials, token });
    await startHeld(home);
    await acceptReport(home);
    for (const secret of secrets) expect(await decrypt(home.kmsClient(), secret)).toBe(secret.plain);
    expect(await problems(home)).toEqual([]);
  }, 260_000);
});
