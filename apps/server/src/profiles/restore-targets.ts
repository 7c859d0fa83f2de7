import { join } from 'node:path';
import { EventStoreDbEventStore } from '@claviger/adapters/event-store-eventstoredb';
import { SqliteEventStore } from '@claviger/adapters/event-store-sqlite';
import { migratePostgresSealedStore, openPostgresSealedStore } from '@claviger/adapters/sealed-store-postgres';
import { openSqliteSealedStore } from '@claviger/adapters/sealed-store-sqlite';
import { HEARTBEAT_PREFIX } from '@claviger/domain';
import type { Clock, ClusterSettings, Ids, Logger, Settings } from '@claviger/platform';
import type { EventStore, SealedStore } from '@claviger/ports';
import { EVENTS_NAMESPACE, JOURNALS_NAMESPACE } from './namespaces.js';
import { eventStoreConnection, postgresOf } from './servers.js';

/** Where a backup goes: stores as they are below authentication, so that everything lies in them as it was stored. */
export interface RestoreTargets {
  readonly events: EventStore;
  /** So many appends may be under way at once: the store keeps them in their order. */
  readonly appendsAtOnce: number;
  readonly sealed: SealedStore;
  /** Journals of nodes where they are streams; null where the journal is a folder of segments. */
  readonly journals: EventStore | null;
  readonly close: () => Promise<void>;
}

export interface RestoreSurroundings {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Opens, and makes where they are missing, the stores of the profile that the settings name. The seal is not needed. */
export function openRestoreTargets(settings: Settings, surroundings: RestoreSurroundings): Promise<RestoreTargets> {
  return settings.cluster === null
    ? openFiles(settings.data, surroundings)
    : openServers(settings.cluster, surroundings);
}

async function openFiles(data: string, { logger }: RestoreSurroundings): Promise<RestoreTargets> {
  const sealed = openSqliteSealedStore({ path: join(data, 'sealed.db') });
  const events = new SqliteEventStore({ path: join(data, 'events.db'), logger });
  return {
    events,
    appendsAtOnce: 256,
    sealed,
    journals: null,
    close: async () => {
      await events.close();
      await sealed.close();
    },
  };
}

async function openServers(
  cluster: ClusterSettings,
  { clock, ids, logger }: RestoreSurroundings,
): Promise<RestoreTargets> {
  const postgres = postgresOf(cluster.postgres, logger);
  await migratePostgresSealedStore(postgres);
  const sealed = await openPostgresSealedStore(postgres);
  const shared = { connection: eventStoreConnection(cluster.eventStore), clock, ids, logger };
  const events = new EventStoreDbEventStore({
    ...shared,
    namespace: EVENTS_NAMESPACE,
    keepNewest: { [HEARTBEAT_PREFIX]: 1 },
  });
  const journals = new EventStoreDbEventStore({ ...shared, namespace: JOURNALS_NAMESPACE });
  return {
    events,
    appendsAtOnce: 1,
    sealed,
    journals,
    close: async () => {
      await events.close();
      await journals.close();
      await sealed.close();
    },
  };
}
