import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FileAnchor } from '@claviger/adapters/anchor-file';
import { SegmentsAuditJournal } from '@claviger/adapters/audit-journal-segments';
import { SqliteEventStore } from '@claviger/adapters/event-store-sqlite';
import { DigestWorkers, SoftwareHsm } from '@claviger/adapters/hsm-software';
import { openSqliteSealedStore } from '@claviger/adapters/sealed-store-sqlite';
import { SealedEventDetails } from '@claviger/application';
import type { Settings } from '@claviger/platform';
import { AuthenticatedEventStore, SealedDetailKeys, SealedSecrets } from '@claviger/ports';
import { AuditView, KeyState, type KeyStateOptions, UsageCounters } from '@claviger/projections';
import type { Surroundings } from '../surroundings.js';
import { openJournalKey } from './embedded-journal-key.js';
import { openSeal } from './embedded-seal.js';
import { noticeOf } from './journal-notices.js';
import type { ProfileParts } from './parts.js';
import { openSystemKeys } from './system-keys.js';

/** Entries per generation of each cache: as many keys as the HSM adapter keeps ready. */
const CACHED = 5_000;
const WATCH_EVERY_MS = 1_000;

/** SQLite, segment files, software keys, one process. Opens in the order of dependence; closes in the reverse. */
export async function openEmbedded(settings: Settings, surroundings: Surroundings): Promise<ProfileParts> {
  const { clock, ids, logger, metrics } = surroundings;
  const random = (length: number): Uint8Array => ids.random(length);
  const undo: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // 1. The root key, and what is sealed under it.
    const seal = openSeal(settings, ids, logger);
    undo.push(() => seal.seal());
    const sealedStore = openSqliteSealedStore({ path: join(settings.data, 'sealed.db') });
    undo.push(() => sealedStore.close());
    const secrets = new SealedSecrets(sealedStore, seal, random);
    const keys = await openSystemKeys(secrets, ids);
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
    const hsm = new SoftwareHsm({
      secrets,
      random,
      digestSigner: new DigestWorkers({ random }),
      poolThreads: Number(process.env['UV_THREADPOOL_SIZE'] ?? 4),
    });
    undo.push(() => hsm.close());
    return {
      store,
      journal,
      anchor,
      hsm,
      secrets,
      detailKeys,
      keyState: state,
      usage,
      auditView,
      seal,
      clock,
      ids,
      logger,
      metrics,
      clusterKey: keys.commands,
      node: hostname(),
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
      rebuildKeyState: (onProgress) => rebuildKeyState(state, join(settings.data, 'state.rebuild.db'), onProgress),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A file that is not to be trusted is derived anew: nothing in it is the only copy of anything. */
function openKeyState(options: KeyStateOptions): KeyState {
  const state = KeyState.open(options);
  if (state !== undefined) return state;
  options.logger.warn('the key state is of another version or does not verify, it is built anew from the events');
  removeDatabase(options.path);
  const fresh = KeyState.open(options);
  if (fresh === undefined) throw new Error(`${options.path} could not be made`);
  return fresh;
}

async function rebuildKeyState(
  state: KeyState,
  scratch: string,
  onProgress: (done: bigint, of: bigint) => void,
): Promise<void> {
  removeDatabase(scratch);
  try {
    await state.rebuild(scratch, onProgress);
  } finally {
    removeDatabase(scratch);
  }
}

const removeDatabase = (path: string): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
};
