import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  KMSClient,
  RotateKeyOnDemandCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { setTimeout as delay } from 'node:timers/promises';
import { TestCluster } from '../servers/cluster/cluster.js';
import type { ClusterNode } from '../servers/cluster/cluster-node.js';
import { describeWithCluster } from '../servers/cluster/found.js';

jest.setTimeout(400_000);

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const NODES = 4;

describeWithCluster()('a cluster of four api nodes, an admin node and a worker', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ api: NODES, workers: 1, cables: false });
  });

  afterAll(() => cluster?.dispose());

  /** The n-th api node, round and round; one attempt per call. */
  const at = (n: number): KMSClient => api(n).kmsClient();
  const api = (n: number): ClusterNode => {
    const node = cluster.api[n % NODES];
    if (node === undefined) throw new Error(`no api node ${n}`);
    return node;
  };
  const createKey = async (n: number): Promise<string> =>
    (await at(n).send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';

  // Issue 3, section 2.
  it('uses a key on every node at once that one of them has just made, without a second attempt', async () => {
    for (let round = 0; round < 12; round += 1) {
      const KeyId = await createKey(round);
      const { CiphertextBlob } = await at(round + 1).send(new EncryptCommand({ KeyId, Plaintext: text(`${round}`) }));
      const { Plaintext } = await at(round + 2).send(new DecryptCommand({ CiphertextBlob }));
      expect(Plaintext).toEqual(text(`${round}`));
      const described = await at(round + 3).send(new DescribeKeyCommand({ KeyId }));
      expect(described.KeyMetadata).toMatchObject({ KeyId, Enabled: true });
    }
  });

  it('follows an alias on every node as soon as one of them has answered', async () => {
    const [one, other] = [await createKey(0), await createKey(1)];
    for (let round = 0; round < 6; round += 1) {
      const name = `alias/round-${round}`;
      await at(round).send(new CreateAliasCommand({ AliasName: name, TargetKeyId: one }));
      const first = await at(round + 1).send(new EncryptCommand({ KeyId: name, Plaintext: text('a') }));
      expect(first.KeyId).toContain(one);
      await at(round + 2).send(new UpdateAliasCommand({ AliasName: name, TargetKeyId: other }));
      for (let n = 0; n < NODES; n += 1) {
        const again = await at(n).send(new EncryptCommand({ KeyId: name, Plaintext: text('a') }));
        expect(again.KeyId).toContain(other);
      }
    }
  });

  it('refuses a key on every node once one of them has answered that it is disabled', async () => {
    const KeyId = await createKey(0);
    for (let round = 0; round < 8; round += 1) {
      await at(round).send(new DisableKeyCommand({ KeyId }));
      const uses = Array.from({ length: NODES }, (_, n) =>
        at(n).send(new EncryptCommand({ KeyId, Plaintext: text('a') })),
      );
      const outcomes = await Promise.allSettled(uses);
      for (const [n, outcome] of outcomes.entries()) {
        const said = outcome.status === 'rejected' ? String(outcome.reason) : 'encrypted';
        expect(`${api(n).name}: ${said}`).toContain('DisabledException');
      }
      await at(round + 1).send(new EnableKeyCommand({ KeyId }));
      for (let n = 0; n < NODES; n += 1) await at(n).send(new EncryptCommand({ KeyId, Plaintext: text('a') }));
    }
  });

  it('has one active version when two nodes rotate the same key at the same time', async () => {
    const KeyId = await createKey(0);
    for (let round = 0; round < 4; round += 1) {
      await Promise.allSettled([0, 1].map((n) => at(round + n).send(new RotateKeyOnDemandCommand({ KeyId }))));
    }
    const { body } = await cluster.admin.admin('GET', `/api/v1/keys/${KeyId}/versions`);
    const { versions } = body as { versions: readonly { status: string }[] };
    expect(versions.filter(({ status }) => status === 'active')).toHaveLength(1);
    expect(versions.length).toBeGreaterThan(4);
  });

  it('finds on the admin node who used a key on any of the others', async () => {
    const KeyId = await createKey(0);
    for (let n = 0; n < NODES; n += 1) await at(n).send(new EncryptCommand({ KeyId, Plaintext: text('a') }));
    const search = `/api/v1/audit?operation=Encrypt&key=${KeyId}&limit=100`;
    const { status, body } = await cluster.admin.admin('GET', search);
    expect(status).toBe(200);
    const { items } = body as { items: readonly { node: string }[] };
    expect(items.map(({ node }) => node).sort()).toEqual(['api-1', 'api-2', 'api-3', 'api-4']);
  });

  it('serves applications on api nodes alone and administration on the admin node alone', async () => {
    const worker = cluster.node('worker-1');
    const [node] = cluster.api;
    if (node === undefined) throw new Error('no api node');
    const statusOf = async (on: ClusterNode, path: string, method = 'GET'): Promise<number> =>
      (await fetch(`${on.url}${path}`, { method, headers: { authorization: `Bearer ${cluster.token}` } })).status;
    for (const on of [node, cluster.admin, worker]) expect(await statusOf(on, '/health/ready')).toBe(200);
    expect(await statusOf(cluster.admin, '/api/v1/status')).toBe(200);
    for (const on of [node, worker]) {
      for (const path of ['/api/v1/status', '/api/v1/keys', '/api/docs']) expect(await statusOf(on, path)).toBe(404);
    }
    for (const on of [cluster.admin, worker]) {
      expect(await statusOf(on, '/', 'POST')).toBe(404);
      const kms = new KMSClient({
        endpoint: on.url,
        region: cluster.region,
        credentials: cluster.credentials,
        maxAttempts: 1,
      });
      await expect(kms.send(new CreateKeyCommand({}))).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
      kms.destroy();
    }
  });

  it('fails no call while each node in turn is restarted under load, with nothing but what the SDK tries again by itself', async () => {
    const KeyId = await createKey(0);
    const front = await cluster.front();
    const kms = new KMSClient({ endpoint: front.url, region: cluster.region, credentials: cluster.credentials });
    const sent: {
      readonly plaintext: string;
      readonly ciphertext: Uint8Array | undefined;
      readonly attempts: number;
    }[] = [];
    const failures: string[] = [];
    let over = false;
    const load = async (lane: number): Promise<void> => {
      for (let n = 0; !over; n += 1) {
        const plaintext = `${lane}/${n}`;
        try {
          const answer = await kms.send(new EncryptCommand({ KeyId, Plaintext: text(plaintext) }));
          sent.push({ plaintext, ciphertext: answer.CiphertextBlob, attempts: answer.$metadata.attempts ?? 0 });
        } catch (error) {
          failures.push(`${plaintext}: ${String(error)}`);
        }
      }
    };
    const lanes = Array.from({ length: 4 }, (_, lane) => load(lane));
    const before = cluster.nodes.map(({ pid }) => pid);
    for (const node of cluster.nodes) {
      await node.restart();
      await delay(200);
    }
    over = true;
    await Promise.all(lanes);
    expect(failures).toEqual([]);
    expect(cluster.nodes.map(({ pid }) => pid).filter((pid) => before.includes(pid))).toEqual([]);
    expect(sent.length).toBeGreaterThan(100);
    for (const { plaintext, ciphertext } of sent.filter((_, index) => index % 25 === 0)) {
      const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: ciphertext }));
      expect(Plaintext).toEqual(text(plaintext));
    }
    kms.destroy();
  });
});
