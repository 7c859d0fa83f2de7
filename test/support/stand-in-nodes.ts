import { AuditTrail, Encrypt } from '@claviger/application';
import { parseCiphertext, SecretBytes } from '@claviger/crypto';
import { HEARTBEAT_PREFIX } from '@claviger/domain';
import { type EventStore, InMemorySealedStore } from '@claviger/ports';
import { randomBytes } from 'node:crypto';
import { Cable } from '../servers/eventstore/cable.js';
import { StandInHarness } from '../servers/eventstore/harness.js';
import { type MemoryService, memoryService } from './memory-service.js';
import { RunningClock } from './running-clock.js';

/** A node over the real adapter, and the cable between it and the server. */
export interface StandInNode extends MemoryService {
  readonly name: string;
  readonly cable: Cable;
  readonly store: EventStore;
  /** As at the wire: the record encloses the use. Answers the key, and the version that encrypted. */
  encrypt(key: string): Promise<{ readonly keyId: string; readonly version: number }>;
}

/**
 * Nodes in one process over the EventStoreDB adapter, each with a connection of its own to one stand-in. Their clock goes with the real
 * one, since the network between them does.
 */
export class StandInCluster {
  readonly clock = new RunningClock();
  private readonly sealed = { sealedStore: new InMemorySealedStore(), rootKey: SecretBytes.take(randomBytes(32)) };
  private readonly nodes: StandInNode[] = [];

  private constructor(private readonly harness: StandInHarness) {}

  static async start(...names: readonly string[]): Promise<StandInCluster> {
    const cluster = new StandInCluster(await StandInHarness.start());
    try {
      for (const name of names) await cluster.add(name);
      return cluster;
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
  }

  /** @throws RangeError when there are not so many */
  node(index: number): StandInNode {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`there are ${this.nodes.length} nodes`);
    return node;
  }

  get all(): readonly StandInNode[] {
    return this.nodes;
  }

  async add(name: string): Promise<StandInNode> {
    const cable = await Cable.to(this.harness.server.port);
    const store = this.harness.open({
      connection: `esdb://127.0.0.1:${cable.port}?tls=false`,
      namespace: 'claviger',
      keepNewest: { [HEARTBEAT_PREFIX]: 1 },
      timing: { stallCheck: 1_000 },
    });
    const service = await memoryService(undefined, { ...this.sealed, clock: this.clock, events: store, node: name });
    const node: StandInNode = { ...service, name, cable, store, encrypt: (key) => encrypt(service, key) };
    this.nodes.push(node);
    return node;
  }

  async dispose(): Promise<void> {
    for (const { cable } of this.nodes) cable.mend();
    for (const node of this.nodes) await node.close();
    await this.harness.dispose();
    for (const { cable } of this.nodes) await cable.close();
    this.clock.stop();
  }
}

async function encrypt(service: MemoryService, key: string): ReturnType<StandInNode['encrypt']> {
  const call = service.call('Encrypt');
  const input = {
    key: key.startsWith('alias/')
      ? ({ kind: 'alias', name: key.slice('alias/'.length) } as const)
      : ({ kind: 'id', keyId: key } as const),
    plaintext: Buffer.from('text'),
    context: {},
    algorithm: 'SYMMETRIC_DEFAULT',
    dryRun: false,
  } as const;
  const { ciphertext } = await service.app
    .get(AuditTrail)
    .run(call, () => service.app.get(Encrypt).execute(call, input));
  const parsed = parseCiphertext(ciphertext);
  if (parsed === undefined) throw new Error('what encrypt answers is no ciphertext of ours');
  return { keyId: parsed.keyId, version: parsed.version };
}
