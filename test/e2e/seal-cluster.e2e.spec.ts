import { CreateKeyCommand, DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithCluster } from '../servers/cluster/found.js';
import { ClusterServers } from '../servers/cluster/servers.js';
import { OPERATOR, SealedServer } from '../servers/sealed-server.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describeWithCluster()('two nodes under one seal file', () => {
  let folder: string;
  let servers: ClusterServers;
  let shared: Readonly<Record<string, string>>;
  const nodes: SealedServer[] = [];

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'claviger-seal-cluster-')));
    servers = await ClusterServers.start({ folder, kept: false, cabled: false, log: () => () => undefined });
    shared = { ...servers.settings(), CLAVIGER_SEAL_FILE: join(folder, 'seal', 'root.seal') };
  }, 120_000);

  afterAll(async () => {
    for (const node of nodes.splice(0)) await node.server.dispose();
    await servers?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  function node(name: string, role: 'admin' | 'api', more: Readonly<Record<string, string>> = {}): SealedServer {
    const env = { ...shared, CLAVIGER_NODE: name, CLAVIGER_ROLE: role, ...more };
    const first = nodes[0]?.server;
    const same = first === undefined ? {} : { credentials: first.credentials, token: first.token };
    const made = new SealedServer('shares', { env, bootstrap: role === 'admin', ...same });
    nodes.push(made);
    return made;
  }

  it('are opened each by itself, follow one exchange of the root key, and take in none with another root key', async () => {
    // 1. The first makes the root key; the second finds the file, and is sealed.
    const admin = node('admin', 'admin');
    await admin.launch(shared);
    const shares = await admin.initialise({ shares: 3, threshold: 2 });
    await admin.open(shares.slice(0, 2));
    const api = node('api-1', 'api');
    await api.launch(shared);
    expect((await api.call('GET', '/health/ready')).body['reasons']).toEqual(['sealed']);
    await api.open(shares.slice(1));

    // 2. Both use what either makes; who opened the second is on record, too, though it has no admin API.
    const { KeyMetadata } = await api.server.kmsClient().send(new CreateKeyCommand({}));
    const encrypt = new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: text('before') });
    const { CiphertextBlob } = await api.server.kmsClient().send(encrypt);
    expect((await api.call('GET', `${OPERATOR}/seal`)).status).toBe(404);
    expect((await admin.audit('Unseal')).length).toBeGreaterThanOrEqual(2);

    // 3. An exchange is begun on one, and seen by the other in time.
    const begun = await admin.server.admin('POST', `${OPERATOR}/rotate-root`, {});
    expect(begun.status).toBe(202);
    await api.server.logged(
      ({ message }) => message === 'the root key is exchanged by another process',
      'the exchange',
    );
    const { Plaintext } = await api.server.kmsClient().send(new DecryptCommand({ CiphertextBlob }));
    expect(Plaintext).toEqual(text('before'));
    const another = await api.server.kmsClient().send(new CreateKeyCommand({}));
    expect(another.KeyMetadata?.Enabled).toBe(true);
    expect((await admin.server.admin('GET', `${OPERATOR}/rotate-root`)).body).toMatchObject({ step: 'settling' });

    // 4. A node without the file is refused before it could make a root key of its own.
    const stranger = node('api-2', 'api', { CLAVIGER_SEAL_FILE: join(folder, 'elsewhere', 'root.seal') });
    stranger.server.launch();
    expect((await stranger.server.exited).code).toBe(1);
    expect(stranger.server.output).toContain("opens the sealed store of this cluster's nodes");
  }, 300_000);
});
