import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '@claviger/application';
import { JOURNAL_COPIES_FILE, JOURNAL_COPIES_KEY_FILE, type Seal } from '@claviger/ports';
import { JournalReplica, type JournalReplicaOptions } from '@claviger/projections';
import { keepJournalKey } from './embedded-journal-key.js';

/** Of uses on all nodes; the file of a node's own uses is another one, so that a change of its role mixes nothing up. */
export const ALL_USES_FILE = 'usage-all.db';

/**
 * The journals of all nodes. Whatever counts by the local sequences of a file that is gone, or cannot be used, goes with it: all of it is
 * derived from the event store.
 */
export async function openReplica(
  data: string,
  seal: Seal,
  options: Omit<JournalReplicaOptions, 'path'>,
): Promise<JournalReplica> {
  const path = join(data, JOURNAL_COPIES_FILE);
  // Before the new file is made: a crash in between must not leave views of one file over another.
  if (!existsSync(path)) removeDerived(data);
  await keepJournalKey(data, JOURNAL_COPIES_KEY_FILE, seal, options.journalKey);
  const replica = JournalReplica.open({ ...options, path });
  if (replica !== undefined) return replica;
  removeDerived(data);
  removeFiles(data, (name) => name.startsWith(JOURNAL_COPIES_FILE));
  const fresh = JournalReplica.open({ ...options, path });
  if (fresh === undefined) throw new Error(`${path} could not be made`);
  return fresh;
}

/** For `claviger doctor`. */
export function journalFindings(replica: JournalReplica): readonly Finding[] {
  return replica.journals
    .filter(({ gaps }) => gaps > 0)
    .map(({ node, gaps }) => ({
      severity: 'problem',
      check: 'journal',
      subject: `audit journal of node ${node}`,
      message: `In ${gaps} ${gaps === 1 ? 'place' : 'places'} its entries are missing or do not verify.`,
      advice:
        'Search the audit view for records with the error DamagedRecord; compare with another admin node, or with a backup of the event store.',
    }));
}

const removeDerived = (data: string): void =>
  removeFiles(data, (name) => /^audit(-\d+)?\.db/.test(name) || name.startsWith(ALL_USES_FILE));

/** A log that outlived its file would be played into the next one of that name: logs first. */
function removeFiles(data: string, such: (name: string) => boolean): void {
  const names = readdirSync(data).filter(such);
  for (const name of [...names.filter((one) => !one.endsWith('.db')), ...names])
    rmSync(join(data, name), { force: true });
}
