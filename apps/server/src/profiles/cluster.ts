import { join } from 'node:path';
import { FileAnchor } from '@claviger/adapters/anchor-file';
import { EventStoreDbEventStore } from '@claviger/adapters/event-store-eventstoredb';
import { BullJobQueue } from '@claviger/adapters/queue-bullmq';
import { migratePostgresSealedStore, openPostgresSealedStore } from '@claviger/adapters/sealed-store-postgres';
import { Heartbeats, SealedEventDetails } from '@claviger/application';
import { HEARTBEAT_PREFIX } from '@claviger/domain';
import type { Clock, ClusterSettings, Logger, Settings } from '@claviger/platform';
import {
  type AuditJournal,
  AuthenticatedEventStore,
  copyJournalStreams,
  JOURNAL_COPIES_KEY_FILE,
  type Seal,
  SealedDetailKeys,
  SealedSecrets,
} from '@claviger/ports';
import {
  AuditView,
  FollowedUsage,
  type JournalReplica,
  type KeyState,
  MARK_PREFIX,
  UsageCounters,
} from '@claviger/projections';
import { duties } from '../duties.js';
import { restoredFrom } from '../restore/restored.js';
import type { Surroundings } from '../surroundings.js';
import { openClusterJournal } from './cluster-journal.js';
import { wrappedJournalKey } from './embedded-journal-key.js';
import { openHsm } from './hsm.js';
import { replicaNoticeOf } from './journal-notices.js';
import { ALL_USES_FILE, journalFindings, openReplica } from './journal-replica.js';
import { EVENTS_NAMESPACE, JOURNALS_NAMESPACE } from './namespaces.js';
import type { ProfileParts } from './parts.js';
import { openKeyState, rebuildKeyState } from './read-models.js';
import { eventStoreConnection, postgresOf, redisOf } from './servers.js';
import { openJournalSecret, openSystemKeys } from './system-keys.js';

/** Entries per generation of each cache: as many keys as the HSM adapter keeps ready. */
const CACHED = 5_000;
/** Longer than any call takes from wrapping a key to storing it, and than any node takes to see that a change has begun (ADR 0009). */
const ROOT_SETTLES_MS = 10 * 60_000;

/** EventStoreDB, Redis, PostgreSQL; any number of nodes. Opens in the order of dependence; closes in the reverse. */
export async function openCluster(
  settings: Settings,
  cluster: ClusterSettings,
  seal: Seal,
  surroundings: Surroundings,
): Promise<ProfileParts> {
  const { clock, ids, logger, metrics } = surroundings;
  const { node } = settings;
  const random = (length: number): Uint8Array => ids.random(length);
  const undo: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // 1. What is sealed under the root key.
    const postgres = postgresOf(cluster.postgres, logger);
    await migratePostgresSealedStore(postgres);
    const sealedStore = await openPostgresSealedStore(postgres);
    undo.push(() => sealedStore.close());
    const secrets = new SealedSecrets(sealedStore, seal, random);
    const keys = await openSystemKeys(secrets, ids);
    const restored = restoredFrom(settings.data, keys.backup);
    const detailKeys = new SealedDetailKeys(secrets, random);
    // 2. Events, authenticated, and this node's heartbeats among them.
    const connection = eventStoreConnection(cluster.eventStore);
    const later: { keyState?: KeyState } = {};
    const events = new EventStoreDbEventStore({
      connection,
      namespace: EVENTS_NAMESPACE,
      clock,
      ids,
      logger,
      keepNewest: { [HEARTBEAT_PREFIX]: 1 },
    });
    const store = new AuthenticatedEventStore(events, keys.events, {
      previousMac: (stream, revision) => later.keyState?.heads.macAt(stream, revision),
    });
    undo.push(() => store.close());
    const nodes = new Heartbeats({ store, node, clock, ids, logger });
    // 3. The journal, and this node's anchor.
    const journals = new EventStoreDbEventStore({
      connection,
      namespace: JOURNALS_NAMESPACE,
      clock,
      ids,
      logger,
      soleWriter: true,
      keepNewest: { [MARK_PREFIX]: 1 },
    });
    undo.push(() => journals.close());
    using journalKey = await openJournalSecret(secrets, ids);
    const { journal, notReady: unshipped } = await openClusterJournal({
      settings,
      cluster,
      seal,
      store: journals,
      journalKey,
      detailKeys,
      surroundings,
    });
    undo.push(() => journal.close());
    const anchor = await FileAnchor.open({ folder: settings.anchor, key: keys.anchor, logger });
    undo.push(() => anchor.close());
    // 4. Read models, each node its own.
    const state = openKeyState({
      path: join(settings.data, 'state.db'),
      macKey: keys.rows,
      store,
      clock,
      logger,
      metrics,
      cachedKeys: CACHED,
      observer: nodes,
      barrier: () => nodes.barrier(),
    });
    later.keyState = state;
    undo.push(() => state.close());
    await state.start();
    // 5. The journals of all nodes, where they are searched or decide.
    const { admin, work } = duties(settings.role);
    const replica =
      admin || work
        ? await openReplica(settings.data, seal, {
            store: journals,
            journalKey,
            detailKeys: admin ? detailKeys : undefined,
            node,
            clock,
            ids,
            notice: replicaNoticeOf(logger, metrics),
          })
        : null;
    undo.push(() => replica?.close());
    const usage = await openUsage(settings.data, journal, replica, clock, logger);
    undo.push(() => usage.close());
    const details = new SealedEventDetails(detailKeys, ids);
    const auditView =
      admin && replica !== null
        ? AuditView.open({
            path: join(settings.data, 'audit.db'),
            journal: replica,
            journalBarrier: () => replica.barrier(),
            events: store,
            openDetail: async (metadata) => JSON.stringify(await details.open(metadata)),
            clock,
            logger,
          })
        : null;
    if (auditView !== null) {
      undo.push(() => auditView.close());
      await auditView.start();
    }
    replica?.start();
    const { hsm, token, close: closeHsm } = await openHsm(settings, secrets, surroundings);
    undo.push(closeHsm);
    // 6. Jobs.
    const jobs = new BullJobQueue({ redis: redisOf(cluster.redis), clock, random, logger });
    undo.push(() => jobs.close());
    return {
      store,
      journal,
      anchor,
      hsm,
      ...(token !== null && { token }),
      secrets,
      detailKeys,
      keyState: state,
      usage,
      jobs,
      auditView,
      seal,
      // The journals' key is a record of the sealed store; these are for verification offline, and other nodes renew theirs when they start.
      wrappedElsewhere: [
        wrappedJournalKey(settings.data, JOURNAL_COPIES_KEY_FILE),
        wrappedJournalKey(join(settings.data, 'journal')),
      ],
      rootSettlesMs: ROOT_SETTLES_MS,
      clock,
      ids,
      logger,
      metrics,
      clusterKey: keys.commands,
      node,
      nodes,
      cached: CACHED,
      notReady: () => [
        ...(seal.status() === 'sealed' ? ['sealed'] : []),
        ...(state.following ? [] : ['the key state does not follow the event store']),
        ...(nodes.lease.held ? [] : ['the event store does not confirm this node: no lease to use keys']),
        ...(journal.writable() ? [] : ['the audit journal cannot be written']),
        ...unshipped(),
        ...(replica?.following === false ? ['the journals of the other nodes are not followed'] : []),
        ...(anchor.writable() ? [] : ['the anchor cannot be written']),
      ],
      backlog: async () => {
        const audit = auditView?.backlog();
        return { ...(audit !== undefined && { 'audit-view': audit.journal + audit.events }) };
      },
      restored,
      backup: {
        sealed: sealedStore,
        journal: () => copyJournalStreams(journals),
        anchorKey: keys.anchor,
        backupKey: keys.backup,
      },
      findings: () => (replica === null ? [] : journalFindings(replica)),
      rebuildKeyState: (onProgress) => rebuildKeyState(state, join(settings.data, 'state.rebuild.db'), onProgress),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where uses of all nodes decide, they are counted from the journals of all; else this node counts its own. */
function openUsage(
  data: string,
  journal: AuditJournal,
  replica: JournalReplica | null,
  clock: Clock,
  logger: Logger,
): Promise<UsageCounters> {
  if (replica === null) return UsageCounters.open({ path: join(data, 'usage.db'), journal, clock, logger });
  const path = join(data, ALL_USES_FILE);
  return FollowedUsage.open({ path, journal: replica, barrier: () => replica.barrier(), clock, logger });
}
