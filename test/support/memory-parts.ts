import { SoftwareHsm } from '@claviger/adapters/hsm-software';
import { type ApplicationParts, type CallContext, newFacts } from '@claviger/application';
import { HmacSha256 } from '@claviger/crypto';
import { InMemoryMetrics, JsonLogger, SystemIds } from '@claviger/platform';
import {
  AuthenticatedEventStore,
  type EventStore,
  InMemoryAnchor,
  InMemoryAuditJournal,
  InMemoryDetailKeys,
  InMemoryEventStore,
  InMemorySeal,
  InMemorySealedStore,
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
  readonly log: string[];
  close(): Promise<void>;
}

/** @param wrap puts faults between the application and the event store */
export async function memoryParts(wrap: (store: EventStore) => EventStore = (store) => store): Promise<MemoryParts> {
  const clock = new FakeClock();
  const ids = new SystemIds(clock);
  const log: string[] = [];
  const logger = new JsonLogger({ clock, level: 'debug', sink: (line) => void log.push(line) });
  const metrics = new InMemoryMetrics();
  const macKey = new HmacSha256(Buffer.alloc(32, 1));
  const store = wrap(new AuthenticatedEventStore(new InMemoryEventStore(), macKey));
  const secrets = new SealedSecrets(new InMemorySealedStore(), new InMemorySeal(randomBytes), randomBytes);
  const journal = new InMemoryAuditJournal();
  const keyState = KeyState.open({ path: ':memory:', macKey, store, clock, logger, metrics, cachedKeys: 1000 });
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
    clock,
    ids,
    logger,
    metrics,
    clusterKey: new HmacSha256(Buffer.alloc(32, 2)),
    node: 'test-node',
    cached: 1000,
    log,
    close: async () => {
      usage.close();
      await keyState.close();
      await store.close();
    },
  };
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
