import { SoftwareHsm } from '@claviger/adapters/hsm-software';
import { type ApplicationParts, type BackupParts, type CallContext, Heartbeats, newFacts } from '@claviger/application';
import { HmacSha256, type SecretBytes } from '@claviger/crypto';
import { InMemoryMetrics, JsonLogger, SystemIds } from '@claviger/platform';
import {
  AuthenticatedEventStore,
  type EventStore,
  InMemoryAnchor,
  InMemoryAuditJournal,
  InMemoryDetailKeys,
  InMemoryEventStore,
  InMemoryJobQueue,
  InMemorySeal,
  InMemorySealedStore,
  type SealedStore,
  SealedSecrets,
} from '@claviger/ports';
import { KeyState, UsageCounters } from '@claviger/projections';
import { FakeClock, SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { randomBytes } from 'node:crypto';

/** A whole service without files: real rules, real cryptography, stores in memory, a clock that the test moves. */
export interface MemoryParts extends ApplicationParts {
  readonly clock: FakeClock;
  readonly journal: InMemoryAuditJournal;
  readonly anchor: InMemoryAnchor;
  readonly jobs: InMemoryJobQueue;
  readonly log: string[];
  readonly sealedStore: SealedStore;
  /** What backups are made of; the journal in memory has no files. */
  readonly backup: BackupParts;
  close(): Promise<void>;
}

/** What several nodes have in common. */
export interface SharedParts {
  readonly clock: FakeClock;
  readonly events: EventStore;
  readonly sealedStore: SealedStore;
  /** Of 32 bytes. */
  readonly rootKey: SecretBytes;
}

/**
 * @param wrap puts faults between the application and the event store
 * @param among makes a node of several: they share these parts, and each has its name
 */
export async function memoryParts(
  wrap: (store: EventStore) => EventStore = (store) => store,
  among?: SharedParts & { readonly node: string },
): Promise<MemoryParts> {
  const clock = among?.clock ?? new FakeClock();
  const ids = new SystemIds(clock);
  const log: string[] = [];
  const logger = new JsonLogger({ clock, level: 'debug', sink: (line) => void log.push(line) });
  const metrics = new InMemoryMetrics();
  const macKey = new HmacSha256(Buffer.alloc(32, 1));
  const store = wrap(new AuthenticatedEventStore(among?.events ?? new InMemoryEventStore(), macKey));
  const sealedStore = among?.sealedStore ?? new InMemorySealedStore();
  const secrets = new SealedSecrets(sealedStore, new InMemorySeal(randomBytes, among?.rootKey), randomBytes);
  const journal = new InMemoryAuditJournal();
  const node = among?.node ?? 'test-node';
  const nodes = among && new Heartbeats({ store, node, clock, ids, logger });
  const keyState = KeyState.open({
    path: ':memory:',
    macKey,
    store,
    clock,
    logger,
    metrics,
    cachedKeys: 1000,
    ...(nodes === undefined ? {} : { observer: nodes, barrier: () => nodes.barrier() }),
  });
  if (keyState === undefined) throw new Error('no key state');
  await keyState.start();
  const usage = await UsageCounters.open({ path: ':memory:', journal, clock, logger });
  return {
    store,
    journal,
    anchor: new InMemoryAnchor(),
    hsm: new SoftwareHsm({ secrets, random: randomBytes }),
    secrets,
    detailKeys: new InMemoryDetailKeys(randomBytes),
    keyState,
    usage,
    jobs: new InMemoryJobQueue(clock, (length) => ids.random(length)),
    clock,
    ids,
    logger,
    metrics,
    clusterKey: new HmacSha256(Buffer.alloc(32, 2)),
    node,
    ...(nodes === undefined ? {} : { nodes }),
    cached: 1000,
    log,
    sealedStore,
    backup: {
      sealed: sealedStore,
      journal: noFiles,
      anchorKey: macKey,
      backupKey: new HmacSha256(Buffer.alloc(32, 3)),
    },
    close: async () => {
      usage.close();
      await keyState.close();
      if (among === undefined) await store.close();
    },
  };
}

async function* noFiles(): AsyncGenerator<never> {
  yield* [];
}

/** A call by an administrator of the sample account. */
export function adminCall(
  parts: Pick<ApplicationParts, 'clock' | 'ids'>,
  operation: string,
  changes: Partial<CallContext> = {},
): CallContext {
  return {
    caller: {
      id: 'p-admin',
      account: SAMPLE_ACCOUNT,
      name: 'administrator',
      arn: `arn:aws:iam::${SAMPLE_ACCOUNT}:user/administrator`,
      administrator: true,
      environment: null,
      revision: 0,
    },
    region: SAMPLE_REGION,
    source: { address: '127.0.0.1', userAgent: 'spec' },
    requestId: parts.ids.uuid7(),
    protocol: 'admin',
    operation,
    reason: null,
    receivedAt: parts.clock.now(),
    idempotencyKey: null,
    requestHash: null,
    ifMatch: null,
    facts: newFacts(),
    ...changes,
  };
}
