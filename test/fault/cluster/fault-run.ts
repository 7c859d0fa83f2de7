import type { KMSClient } from '@aws-sdk/client-kms';
import type { TestCluster } from '../../servers/cluster/cluster.js';
import type { ClusterNode } from '../../servers/cluster/cluster-node.js';
import type { Front } from '../../servers/cluster/front.js';
import type { PrivateToken } from '../../servers/softhsm/token.js';
import { Chance } from '../../servers/random.js';
import { checkAllCiphertexts, type Checked, checkFacts, checkKeys } from '../check.js';
import { Facts } from '../facts.js';
import { Client, shares } from '../load.js';
import { AfterTheAnswer } from './after-the-answer.js';
import { AliasClient, type AliasFacts, checkAliases } from './aliases.js';
import { leavesOpen } from './answers.js';
import { checkAutomatic, createAutomatic } from './automatic.js';
import { checkContended, type ContendedKey, contendedKey, Contenders } from './contended.js';
import { Figures } from './figures.js';
import { keysInLog } from './event-log.js';
import { Load, type Stepper } from './load.js';
import { allShipped } from './metrics.js';
import { startCluster } from './start.js';

/** A whole cluster, one part after the other; on a machine that does a lot else. */
export const START_WITHIN_MS = 360_000;
/** Per way to the cluster: the front, and each api node. */
const CLIENTS = 2;
const FIRST_AUTOMATIC = 4;

/** A cluster, what its clients know, and the load that they make. */
export class FaultRun {
  readonly facts = new Facts();
  readonly figures = new Figures();
  readonly revoked: AfterTheAnswer;
  private readonly aliases: AliasFacts[] = [];
  private counted = 0;
  private readonly contended: ContendedKey[] = [];

  private constructor(
    readonly cluster: TestCluster,
    readonly token: PrivateToken | undefined,
    private readonly front: Front,
    readonly chance: Chance,
  ) {
    this.revoked = new AfterTheAnswer(cluster.api.map((node) => node.kmsClient()));
  }

  static async start(seed: number): Promise<FaultRun> {
    const { cluster, token } = await startCluster();
    const run = new FaultRun(cluster, token, await cluster.front(), new Chance(seed));
    await run.automatic(FIRST_AUTOMATIC);
    return run;
  }

  /** Keys that fall due at once. */
  async automatic(count: number): Promise<void> {
    await createAutomatic(this.cluster, this.clientOf(0), this.facts, count);
  }

  /** Clients through the front, as an application's SDK with its own retries, and at each api node. */
  async load(): Promise<Load> {
    const { cluster, facts, chance, revoked } = this;
    const contended = await contendedKey(this.clientOf(0), facts);
    this.contended.push(contended);
    const ways = [
      { name: 'front', connect: () => this.throughFront() },
      ...cluster.api.map((node) => ({ name: node.name, connect: () => node.kmsClient() })),
    ];
    const lanes = ways.flatMap((way) => Array.from({ length: CLIENTS }, () => way));
    const own = shares(facts, lanes.length);
    const clients = lanes.map(({ name, connect }, lane): Stepper => {
      const options = { leavesOpen, onChanged: (key: Parameters<typeof revoked.key>[0]) => revoked.key(key) };
      const client = new Client(connect(), facts, own[lane] ?? [], chance, options);
      return { name, step: () => client.step(), close: () => client.kms.destroy() };
    });
    const keys = facts.keys.filter(({ automatic }) => automatic);
    return new Load([
      ...clients,
      new AliasClient({ kms: this.throughFront(), facts, aliases: this.aliases, keys, chance, revoked }),
      new Contenders(
        cluster.api.map((node) => node.kmsClient()),
        contended,
      ),
    ]);
  }

  /** Holds what every node shows against what clients know. Nothing may be under way. @returns sentences; empty when all is well */
  async check(load: Load): Promise<string[]> {
    const { cluster, facts, revoked } = this;
    await cluster.ready();
    await allShipped(cluster.api);
    this.figures.calls += facts.acknowledged.length;
    const lost = await checkFacts(this.checked(), facts);
    for (const [index, node] of cluster.api.entries()) {
      const kms = node.kmsClient();
      if (index > 0) lost.push(...(await checkKeys(kms, facts)));
      lost.push(...(await checkAliases(kms, this.aliases)));
      kms.destroy();
    }
    lost.push(...(await checkContended(this.clientOf(1), this.contended)));
    this.figures.losses += lost.length;
    this.figures.usesAfterRevocation += revoked.counts.afterTheAnswer - this.counted;
    this.counted = revoked.counts.afterTheAnswer;
    return [...load.findings, ...lost, ...revoked.findings()];
  }

  /** At the very end. @returns sentences; empty when all is well */
  async close(): Promise<string[]> {
    const { cluster, facts, figures } = this;
    const findings = await checkAutomatic(this.clientOf(1), facts);
    const ciphertexts = await checkAllCiphertexts(this.checked(), facts);
    figures.ciphertexts = ciphertexts.decrypted;
    figures.losses += ciphertexts.findings.length;
    findings.push(...ciphertexts.findings, ...this.checkLog());
    await cluster.stop().catch((error: unknown) => findings.push(`a node did not end as it should: ${String(error)}`));
    return findings;
  }

  async dispose(): Promise<void> {
    await this.cluster.dispose();
    await this.token?.stop();
  }

  /** The nodes' own words are not taken for it: the event store's file is read. */
  private checkLog(): string[] {
    const { facts, figures } = this;
    const log = keysInLog(`${this.cluster.folder}/eventstore`);
    const findings = [...log.findings];
    for (const { keyId, rotations, automatic } of facts.keys) {
      const expected = rotations + (automatic ? 1 : 0);
      const found = log.rotations.get(keyId) ?? 0;
      if (found > expected) figures.doubles += found - expected;
      if (found !== expected)
        findings.push(`key ${keyId}: ${found} rotations in the log, acknowledged were ${expected}`);
    }
    figures.keys = log.keys;
    figures.events = log.events;
    figures.rotations = [...log.rotations.values()].reduce((sum, count) => sum + count, 0);
    return findings;
  }

  private checked(): Checked {
    const [node] = this.cluster.api;
    return {
      kmsClient: () => nodeOf(node).kmsClient(),
      admin: (method, path, body, headers) => this.cluster.admin.admin(method, path, body, headers),
    };
  }

  private clientOf(api: number): KMSClient {
    return nodeOf(this.cluster.api[api]).kmsClient();
  }

  /** With the SDK's own three attempts. */
  private throughFront(): KMSClient {
    return this.cluster.admin.kmsClient({ endpoint: this.front.url, maxAttempts: 3 });
  }
}

function nodeOf(node: ClusterNode | undefined): ClusterNode {
  if (node === undefined) throw new Error('there is no such api node');
  return node;
}
