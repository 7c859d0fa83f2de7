import { join } from 'node:path';
import { FileAnchor } from '@claviger/adapters/anchor-file';
import { SegmentsAuditJournal } from '@claviger/adapters/audit-journal-segments';
import { SqliteEventStore } from '@claviger/adapters/event-store-sqlite';
import { EmbeddedJobQueue } from '@claviger/adapters/queue-embedded';
import { openSqliteSealedStore } from '@claviger/adapters/sealed-store-sqlite';
import { SealedEventDetails } from '@claviger/application';
import type { Settings } from '@claviger/platform';
import { AuthenticatedEventStore, type Seal, SealedDetailKeys, SealedSecrets } from '@claviger/ports';
import { AuditView, type KeyState, UsageCounters } from '@claviger/projections';
import { restoredFrom } from '../restore/restored.js';
import type { Surroundings } from '../surroundings.js';
import { openJournalKey, wrappedJournalKey } from './embedded-journal-key.js';
import { openHsm } from './hsm.js';
import { noticeOf } from './journal-notices.js';
import type { ProfileParts } from './parts.js';
import { openKeyState, rebuildKeyState } from './read-models.js';
import { openSystemKeys } from './system-keys.js';

/** Entries per generation of each cache: as many keys as the HSM adapter keeps ready. */
const CACHED = 5_000;
const WATCH_EVERY_MS = 1_000;
/** Longer than any call of this one process takes from wrapping a key to storing it. */
const ROOT_SETTLES_MS = 60_000;

/** SQLite, segment files, software keys, one process. Opens in the order of dependence; closes in the reverse. */
export async function openEmbedded(settings: Settings, seal: Seal, surroundings: Surroundings): Promise<ProfileParts> {
  const { clock, ids, logger, metrics } = surroundings;
  const random = (length: number): Uint8Array => ids.random(length);
  const undo: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // 1. What is sealed under the root key.
    const sealedStore = openSqliteSealedStore({ path: join(settings.data, 'sealed.db') });
    undo.push(() => sealedStore.close());
    const secrets = new SealedSecrets(sealedStore, seal, random);
    const keys = await openSystemKeys(secrets, ids);
    const restored = restoredFrom(settings.data, keys.backup);
    const detailKeys = new SealedDetailKeys(secrets, random);
    // 2. Events, authenticated. Heads that were applied already spare a look at the predecessor.
    const later: { keyState?: KeyState } = {};
    const sqlite = new SqliteEventStore({
      path: join(settings.data, 'events.db'),
      logger,
      onForeignWrite: () => {
        logger.error('ALERT: the event store was written by somebody else, everything is checked again');
        later.keyState?.distrust();
      },
    });
    const store = new AuthenticatedEventStore(sqlite, keys.events, {
      previousMac: (stream, revision) => later.keyState?.heads.macAt(stream, revision),
    });
    undo.push(() => store.close());
    const watch = clock.every(WATCH_EVERY_MS, () => sqlite.lookForForeignWrites());
    undo.push(() => watch.cancel());
    // 3. The journal, and the anchor outside the data folder.
    const journal = await SegmentsAuditJournal.open({
      folder: join(settings.data, 'journal'),
      journalKey: await openJournalKey(join(settings.data, 'journal'), seal, random),
      detailKeys,
      random,
      clock,
      notice: noticeOf(logger, metrics),
    });
    undo.push(() => journal.close());
    const anchor = await FileAnchor.open({ folder: settings.anchor, key: keys.anchor, logger });
    undo.push(() => anchor.close());
    // 4. Read models. The audit view's thread loads its code while this one reads the key state.
    const details = new SealedEventDetails(detailKeys, ids);
    const auditView = AuditView.open({
      path: join(settings.data, 'audit.db'),
      journal,
      events: store,
      openDetail: async (metadata) => JSON.stringify(await details.open(metadata)),
      clock,
      logger,
    });
    undo.push(() => auditView.close());
    const auditViewStarted = auditView.start();
    // Looked at below; what fails before that must not leave a rejection that nobody sees to.
    auditViewStarted.catch(() => undefined);
    const state = openKeyState({
      path: join(settings.data, 'state.db'),
      macKey: keys.rows,
      store,
      clock,
      logger,
      metrics,
      cachedKeys: CACHED,
    });
    later.keyState = state;
    undo.push(() => state.close());
    await state.start();
    const usage = await UsageCounters.open({ path: join(settings.data, 'usage.db'), journal, clock, logger });
    undo.push(() => usage.close());
    await auditViewStarted;
    const { hsm, token, close: closeHsm } = await openHsm(settings, secrets, surroundings);
    undo.push(closeHsm);
    // 5. Jobs: nothing is kept, what is due is derived from the state at the next start.
    const jobs = new EmbeddedJobQueue({ clock, random, logger });
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
      wrappedElsewhere: [wrappedJournalKey(join(settings.data, 'journal'))],
      rootSettlesMs: ROOT_SETTLES_MS,
      clock,
      ids,
      logger,
      metrics,
      clusterKey: keys.commands,
      node: settings.node,
      cached: CACHED,
      notReady: () => [
        ...(seal.status() === 'sealed' ? ['sealed'] : []),
        ...(state.following ? [] : ['the key state does not follow the event store']),
        ...(journal.writable() ? [] : ['the audit journal cannot be written']),
        ...(anchor.writable() ? [] : ['the anchor cannot be written']),
      ],
      backlog: async () => {
        const audit = auditView.backlog();
        const head = await store.head();
        return { 'audit-view': audit.journal + audit.events, 'key-state': Math.max(0, Number(head - state.applied)) };
      },
      restored,
      backup: { sealed: sealedStore, journal: () => journal.copy(), anchorKey: keys.anchor, backupKey: keys.backup },
      rebuildKeyState: (onProgress) => rebuildKeyState(state, join(settings.data, 'state.rebuild.db'), onProgress),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
