import { join } from 'node:path';
import { EventStoreAuditJournal, JournalStream } from '@claviger/adapters/audit-journal-eventstoredb';
import { OfflineJournal, SegmentsAuditJournal } from '@claviger/adapters/audit-journal-segments';
import type { SecretBytes } from '@claviger/crypto';
import type { ClusterSettings, Settings } from '@claviger/platform';
import {
  type AuditJournal,
  type DetailKeys,
  type EventStore,
  JOURNAL_KEY_FILE,
  JournalsDiverged,
  MAX_GROUP_BYTES,
  type Seal,
  ShippedAuditJournal,
} from '@claviger/ports';
import type { Surroundings } from '../surroundings.js';
import { keepJournalKey } from './embedded-journal-key.js';
import { eventStoreNoticeOf, noticeOf, shippingNoticeOf } from './journal-notices.js';

/** From here on the other nodes must be able to see what this one does: beyond it, it is not ready. */
const MOST_BEHIND_MS = 30_000;

export interface ClusterJournalParts {
  readonly settings: Settings;
  readonly cluster: ClusterSettings;
  readonly seal: Seal;
  /** Of the journals of all nodes. */
  readonly store: EventStore;
  readonly journalKey: SecretBytes;
  readonly detailKeys: DetailKeys;
  readonly surroundings: Surroundings;
}

export interface ClusterJournal {
  readonly journal: AuditJournal;
  readonly notReady: () => readonly string[];
}

/** Where this node records calls before it answers them. @throws JournalsDiverged, JournalDamaged, EventStoreUnavailable */
export function openClusterJournal(parts: ClusterJournalParts): Promise<ClusterJournal> {
  switch (parts.cluster.journal) {
    case 'store':
      return inStore(parts);
    case 'local':
      return inLocalSegments(parts);
  }
}

async function inStore(parts: ClusterJournalParts): Promise<ClusterJournal> {
  const { store, journalKey, detailKeys, settings, surroundings } = parts;
  const { clock, ids, logger, metrics } = surroundings;
  const journal = await EventStoreAuditJournal.open({
    store,
    node: settings.node,
    journalKey,
    detailKeys,
    random: (length) => ids.random(length),
    clock,
    notice: eventStoreNoticeOf(logger, metrics),
  });
  try {
    await mustBeShipped(parts, journal.head());
  } catch (error) {
    await journal.close();
    throw error;
  }
  return { journal, notReady: () => [] };
}

/** The node was run with a local journal before: what it had not shipped must not be left behind. */
async function mustBeShipped({ settings, journalKey }: ClusterJournalParts, shipped: number): Promise<void> {
  const folder = journalFolder(settings);
  const local = await OfflineJournal.open({ folder, journalKey }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  local?.close();
  if (local === undefined || local.head <= shipped) return;
  throw new JournalsDiverged(
    `CLAVIGER_JOURNAL: expected local, found store, while ${local.head - shipped} entries in ${folder} are not in the event store yet. ` +
      'Start once with local, until claviger_journal_unshipped_entries is 0.',
  );
}

async function inLocalSegments(parts: ClusterJournalParts): Promise<ClusterJournal> {
  const { store, journalKey, detailKeys, settings, seal, surroundings } = parts;
  const { clock, ids, logger, metrics } = surroundings;
  const folder = journalFolder(settings);
  await keepJournalKey(folder, JOURNAL_KEY_FILE, seal, journalKey);
  const local = await SegmentsAuditJournal.open({
    folder,
    journalKey,
    detailKeys,
    random: (length) => ids.random(length),
    clock,
    notice: noticeOf(logger, metrics),
    groupBytes: MAX_GROUP_BYTES,
  });
  const copy = new JournalStream({ store, node: settings.node, journalKey });
  try {
    const journal = await ShippedAuditJournal.open({ local, copy, clock, notice: shippingNoticeOf(logger, metrics) });
    return { journal, notReady: () => behind(journal) };
  } catch (error) {
    await local.close();
    throw error;
  }
}

function behind(journal: ShippedAuditJournal): readonly string[] {
  const { unshipped, behindMs } = journal.shipping();
  if (behindMs <= MOST_BEHIND_MS) return [];
  const seconds = Math.round(behindMs / 1000);
  return [`${unshipped} entries of the audit journal are not in the event store yet, the oldest since ${seconds} s`];
}

const journalFolder = ({ data }: Settings): string => join(data, 'journal');
