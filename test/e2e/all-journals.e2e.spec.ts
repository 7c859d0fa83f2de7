import { CreateKeyCommand, DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TestCluster } from '../servers/cluster/cluster.js';
import type { ClusterNode } from '../servers/cluster/cluster-node.js';
import { describeWithCluster } from '../servers/cluster/found.js';

jest.setTimeout(240_000);

interface Found {
  readonly complete: boolean;
  readonly items: readonly {
    readonly node: string;
    readonly operation: string;
    readonly principal_name: string | null;
  }[];
}

const Plaintext = Buffer.from('text');

describeWithCluster()('calls on all nodes of a cluster, seen from its admin node', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    // One of the two api nodes records locally and ships.
    const env = (name: string): Record<string, string> => (name === 'api-2' ? { CLAVIGER_JOURNAL: 'local' } : {});
    cluster = await TestCluster.start({ api: 2, workers: 1, env });
  });

  afterAll(() => cluster?.dispose());

  const api = (n: number): ClusterNode => {
    const node = cluster.api[n];
    if (node === undefined) throw new Error(`no api node ${n}`);
    return node;
  };

  const search = async (query: string): Promise<Found> => {
    const { status, body } = await cluster.admin.admin('GET', `/api/v1/audit?limit=100&${query}`);
    expect(status).toBe(200);
    return body as Found;
  };

  it('shows a call that an api node answered before the search began, every time, without doubles', async () => {
    const { KeyMetadata } = await api(0).kmsClient().send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    for (let round = 1; round <= 20; round += 1) {
      await api(0).kmsClient().send(new EncryptCommand({ KeyId, Plaintext }));
      const { items, complete } = await search(`key=${KeyId}&operation=Encrypt`);
      expect(complete).toBe(true);
      expect(items.map(({ node }) => node)).toEqual(Array.from({ length: round }, () => 'api-1'));
    }
  });

  it('shows calls of a node with a local journal within five seconds, and they outlive a kill of it', async () => {
    const { KeyMetadata } = await api(0).kmsClient().send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    const answered = performance.now();
    const { CiphertextBlob } = await api(1).kmsClient().send(new EncryptCommand({ KeyId, Plaintext }));
    while ((await search(`key=${KeyId}&operation=Encrypt`)).items.length === 0) {
      expect(performance.now() - answered).toBeLessThan(5_000);
    }
    cluster.eventStore.cut();
    await api(1)
      .kmsClient()
      .send(new DecryptCommand({ CiphertextBlob }))
      .catch(() => undefined);
    await api(1).kill();
    cluster.eventStore.mend();
    await api(1).restart();
    await cluster.ready();
    const until = performance.now() + 5_000;
    const decrypts = async () => (await search(`key=${KeyId}&operation=Decrypt`)).items;
    while ((await decrypts()).length === 0) expect(performance.now()).toBeLessThan(until);
    expect((await decrypts()).map(({ node }) => node)).toEqual(['api-2']);
  });

  it('keeps copies on admin and worker nodes alone', () => {
    const copied = (name: string): boolean => existsSync(join(cluster.folder, 'nodes', name, 'data', 'journals.db'));
    expect(['api-1', 'api-2', 'admin', 'worker-1'].map((name) => [name, copied(name)])).toEqual([
      ['api-1', false],
      ['api-2', false],
      ['admin', true],
      ['worker-1', true],
    ]);
  });
});
