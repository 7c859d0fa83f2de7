import type { RestoredFrom } from '@claviger/application';
import type { HmacSha256 } from '@claviger/crypto';
import { isBackupAuthentic } from '@claviger/ports';
import { readMark } from './mark.js';

/** The data folder holds half of a backup. */
class RestoreUnfinished extends Error {
  override readonly name = 'RestoreUnfinished';
}

/** What was restored was not written by this service. */
class RestoredDataForged extends Error {
  override readonly name = 'RestoredDataForged';
}

/** Before anything is opened. @throws RestoreUnfinished, RestoreMarkUnreadable */
export function refuseHalfRestored(data: string): void {
  if (readMark(data)?.state !== 'running') return;
  throw new RestoreUnfinished(
    `The data folder ${data} holds an unfinished restore. Run the restore again with the same file, or empty the folder.`,
  );
}

/**
 * Was the backup, from which this data was restored, written under a key of this service? At the restore itself the root key may not
 * have been there yet. Undefined where nothing was restored.
 * @throws RestoredDataForged
 */
export function restoredFrom(data: string, backupKey: HmacSha256): RestoredFrom | undefined {
  const mark = readMark(data);
  if (mark === undefined) return undefined;
  if (!isBackupAuthentic(backupKey, mark)) {
    throw new RestoredDataForged(
      `The data in ${data} was restored from a backup that does not verify under the root key: it was edited, or another file was put in its place. Restore from a sound backup into an empty folder.`,
    );
  }
  const { madeAt, position, entry } = mark;
  return { madeAt, position, entry };
}
