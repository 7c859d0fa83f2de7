import { join } from 'node:path';
import { HmacSha256 } from '@claviger/crypto';
import type { Settings } from '@claviger/platform';
import {
  type BackupContent,
  BackupDamaged,
  type BackupEnd,
  type BackupHeader,
  InMemorySealedStore,
  isBackupAuthentic,
  readBackup,
  type Seal,
  SealedRecordInvalid,
  SealedSecrets,
  sealedOfBackup,
  type SealedRecord,
  SYSTEM_KEY_REFERENCES,
} from '@claviger/ports';
import { DataLock } from '../data-lock.js';
import { sealAtHand } from '../profiles/restore-seal.js';
import { openRestoreTargets, type RestoreSurroundings } from '../profiles/restore-targets.js';
import { backupBytes } from './backup-file.js';
import { RestoredFiles } from './files.js';
import { markOf, readMark, writeMark } from './mark.js';
import { refuseFilled, refuseFolder, refuseOtherAccount, RestoreRefused } from './refusals.js';
import { RestoreWriter } from './writer.js';

/** Told how far it is: bytes of the file, in the phase that is under way. */
export type RestoreProgress = (phase: 'verifying' | 'restoring', done: number, of: number) => void;

export interface Restored {
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  readonly anchor: 'kept' | 'taken over';
  /** Was the backup's MAC compared? If not, the next start does it. */
  readonly authentic: 'verified' | 'at the next start';
  /** The journal is of the other profile, and kept as an archive. */
  readonly archived: boolean;
}

/**
 * Restores a backup into empty stores. It may end anywhere: a mark in the data folder keeps everything else from starting on it until a
 * restore from the same file has come to its end.
 * @throws BackupDamaged, RestoreRefused, DataFolderLocked; what the stores throw
 */
export async function restore(
  file: string,
  settings: Settings,
  surroundings: RestoreSurroundings,
  progress: RestoreProgress,
): Promise<Restored> {
  const { data, anchor } = settings;
  // 1. The whole file is read before anything is written.
  const checked = await verify(file, progress);
  refuseOtherAccount(settings, checked.header);
  const authentic = await authenticate(checked, sealAtHand(settings, surroundings.ids));
  // 2. Nobody else, and nothing else.
  const lock = DataLock.acquire(data, surroundings.clock.now());
  try {
    const again = refuseFolder(data, readMark(data), checked.end.sha256);
    // Files that opening makes must not look like data without a mark; servers are looked at before there is one.
    if (!again && settings.cluster === null) writeMark(data, markOf('running', checked.header, checked.end));
    const targets = await openRestoreTargets(settings, surroundings);
    try {
      if (!again) {
        await refuseFilled(targets);
        writeMark(data, markOf('running', checked.header, checked.end));
      }
      // 3. Written as it is read, and checked once more: the file may have been exchanged meanwhile.
      const journal = join(data, targets.journals === null ? 'journal' : join('archive', 'journal'));
      const files = new RestoredFiles({ journal, archive: join(data, 'archive'), anchor });
      const writer = new RestoreWriter(targets, files);
      let archived = false;
      const written = await readBackup(
        backupBytes(file, (done, of) => progress('restoring', done, of)),
        {
          content: async (line) => {
            archived ||= line.kind === (targets.journals === null ? 'journal-event' : 'file') && !isAnchorFile(line);
            await writer.write(line);
          },
        },
      );
      if (written.end.sha256 !== checked.end.sha256) throw new BackupDamaged('it was exchanged while it was read');
      await writer.flush();
      // 4. Only when all of it is durable.
      const placed = files.placeAnchor();
      writeMark(data, markOf('done', checked.header, checked.end));
      return { header: checked.header, end: checked.end, anchor: placed, authentic, archived };
    } finally {
      await targets.close();
    }
  } finally {
    lock.release();
  }
}

const isAnchorFile = (line: BackupContent): boolean => line.kind === 'file' && line.folder === 'anchor';

interface Checked {
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  readonly backupKey: SealedRecord | undefined;
}

async function verify(file: string, progress: RestoreProgress): Promise<Checked> {
  let backupKey: SealedRecord | undefined;
  const read = await readBackup(
    backupBytes(file, (done, of) => progress('verifying', done, of)),
    {
      content: (line) => {
        if (line.kind === 'sealed' && line.reference === SYSTEM_KEY_REFERENCES.backup) backupKey = sealedOfBackup(line);
      },
    },
  );
  return { ...read, backupKey };
}

/** Was it written by a service with this root key? @throws BackupDamaged, RestoreRefused */
async function authenticate({ end, backupKey }: Checked, seal: Seal | undefined): Promise<Restored['authentic']> {
  if (seal === undefined) return 'at the next start';
  try {
    if (backupKey === undefined) throw new BackupDamaged('the key that it is authenticated with is not in it');
    const store = new InMemorySealedStore(new Map([[backupKey.reference, backupKey]]));
    const secrets = new SealedSecrets(store, seal, () => {
      throw new Error('nothing is sealed here');
    });
    using secret = await secrets.open(backupKey.reference, 'system-key', { name: 'backup' });
    const key = secret && new HmacSha256(secret);
    const good = key !== undefined && isBackupAuthentic(key, end);
    key?.wipe();
    if (!good) throw new BackupDamaged('it was edited: it does not verify under the key of the service that made it');
    return 'verified';
  } catch (error) {
    if (!(error instanceof SealedRecordInvalid)) throw error;
    throw new RestoreRefused(
      'CLAVIGER_SEAL_KEYFILE: expected the root key that the backup was made under, found another. A backup opens with the key file of its time.',
    );
  } finally {
    seal.seal();
  }
}
