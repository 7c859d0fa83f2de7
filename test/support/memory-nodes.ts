import { Encrypt, AuditTrail } from '@claviger/application';
import { SecretBytes } from '@claviger/crypto';
import {
  type AppendResult,
  EventStore,
  EventStoreUnavailable,
  InMemoryEventStore,
  InMemorySealedStore,
  type ReadAllOptions,
  type SubscribeOptions,
  type Subscription,
} from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { randomBytes } from 'node:crypto';
import { type MemoryService, memoryService } from './memory-service.js';

/** A node's way to the store that they all share, which a test can cut. */
export class Cable extends EventStore {
  private cut = false;
  private mended: (() => void)[] = [];

  constructor(private readonly inner: EventStore) {
    super();
  }

  /** Calls fail, and nothing is delivered any more. */
  sever(): void {
    this.cut = true;
  }

  mend(): void {
    this.cut = false;
    for (const go of this.mended.splice(0)) go();
  }

  override async append(...args: Parameters<EventStore['append']>): Promise<AppendResult> {
    this.whole();
    return this.inner.append(...args);
  }

  override async readStream(...args: Parameters<EventStore['readStream']>) {
    this.whole();
    return this.inner.readStream(...args);
  }

  override async readAll(options: ReadAllOptions) {
    this.whole();
    return this.inner.readAll(options);
  }

  override async head(): Promise<bigint> {
    this.whole();
    return this.inner.head();
  }

  override subscribe(options: SubscribeOptions): Subscription {
    return this.inner.subscribe({
      ...options,
      onEvents: async (events) => {
        while (this.cut) await new Promise<void>((resolve) => this.mended.push(resolve));
        await options.onEvents(events);
      },
    });
  }

  override async close(): Promise<void> {
    this.mend();
  }

  private whole(): void {
    if (this.cut) throw new EventStoreUnavailable('the cable is cut');
  }
}

export interface MemoryNode extends MemoryService {
  readonly cable: Cable;
  /** As at the wire: the record encloses the use, and the call leaves the gate with its answer. */
  encrypt(keyId: string): Promise<Uint8Array>;
}

/** Nodes of one cluster in one process, over one event store and one sealed store, on one clock. */
export class MemoryCluster {
  readonly clock = new FakeClock();
  private readonly shared = {
    clock: this.clock,
    events: new InMemoryEventStore(),
    sealedStore: new InMemorySealedStore(),
    rootKey: SecretBytes.take(randomBytes(32)),
  };
  private readonly running: MemoryNode[] = [];

  async start(name: string): Promise<MemoryNode> {
    const cable = new Cable(this.shared.events);
    // Authentication lies outside of the cable, as it does in a real node.
    const service = await memoryService(undefined, { ...this.shared, events: cable, node: name });
    const node: MemoryNode = {
      ...service,
      cable,
      encrypt: async (keyId) => {
        const call = service.call('Encrypt');
        const input = {
          key: { kind: 'id', keyId },
          plaintext: Buffer.from('text'),
          context: {},
          algorithm: 'SYMMETRIC_DEFAULT',
          dryRun: false,
        } as const;
        const done = await service.app.get(AuditTrail).run(call, () => service.app.get(Encrypt).execute(call, input));
        return done.ciphertext;
      },
    };
    this.running.push(node);
    return node;
  }

  /** As after kill -9: it says nothing any more, and what it holds stays held. */
  kill(node: MemoryNode): void {
    node.cable.sever();
  }

  /** What the nodes share, without anybody's authentication. */
  get events(): EventStore {
    return this.shared.events;
  }

  /** Starts a node that needs time to pass meanwhile. */
  async startWhile(name: string, meanwhile: (started: { done: boolean }) => Promise<void>): Promise<MemoryNode> {
    const started = { done: false };
    const [node] = await Promise.all([this.start(name).finally(() => (started.done = true)), meanwhile(started)]);
    return node;
  }

  /** Lets time pass in steps, with all that it sets in motion between them; ends early when `until` says so. */
  async pass(ms: number, step = 250, until: () => boolean = () => false): Promise<void> {
    for (let left = ms; left > 0 && !until(); left -= step) {
      this.clock.advance(Math.min(step, left));
      await settle();
    }
  }

  async close(): Promise<void> {
    for (const { cable } of this.running) cable.mend();
    for (const node of this.running.splice(0)) await node.close();
    await this.shared.events.close();
  }
}

/** Everything that needs no time has happened. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
