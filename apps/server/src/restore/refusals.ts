import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@claviger/platform';
import { type BackupHeader, SEALED_KINDS, START } from '@claviger/ports';
import { LOCK_FILES } from '../data-lock.js';
import type { RestoreTargets } from '../profiles/restore-targets.js';
import { RESTORE_MARK, type RestoreMark } from './mark.js';

/** A restore cannot be done so; nothing was written. The message is for people. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

/** What a restore that was cut short may have left in the data folder. */
const OURS = /^(?:events\.db|sealed\.db)(?:-wal|-shm)?$/;
const FOLDERS = new Set(['journal', 'archive', RESTORE_MARK, `${RESTORE_MARK}.draft`]);

/**
 * @param mark of an earlier restore into this folder
 * @returns true when that one is to be finished
 * @throws RestoreRefused
 */
export function refuseFolder(data: string, mark: RestoreMark | undefined, sha256: string): boolean {
  if (mark?.state === 'done') {
    throw new RestoreRefused(
      `CLAVIGER_DATA: expected an empty folder, found one that was restored already (from a backup made at ${mark.madeAt}): ${data}`,
    );
  }
  const names = readdirSync(data).filter((name) => !LOCK_FILES.has(name));
  if (mark === undefined) {
    const found = names.filter((name) => name !== `${RESTORE_MARK}.draft`);
    if (found.length === 0) return false;
    throw new RestoreRefused(
      `CLAVIGER_DATA: expected an empty folder, found ${found.slice(0, 3).join(', ')} in ${data}. A restore is never mixed with data that exists: move it away first.`,
    );
  }
  if (mark.sha256 !== sha256) {
    throw new RestoreRefused(
      `${join(data, RESTORE_MARK)}: half of another backup, made at ${mark.madeAt}, lies in the folder. Finish with that file, or empty the folder.`,
    );
  }
  const strange = names.filter((name) => !OURS.test(name) && !FOLDERS.has(name));
  if (strange.length === 0) return true;
  throw new RestoreRefused(
    `CLAVIGER_DATA: expected nothing but an unfinished restore, found ${strange.slice(0, 3).join(', ')} in ${data}. Empty the folder.`,
  );
}

/** @throws RestoreRefused */
export function refuseOtherAccount({ account, regions }: Settings, header: BackupHeader): void {
  if (account !== header.account) {
    throw new RestoreRefused(`CLAVIGER_ACCOUNT: expected ${header.account}, of which the backup is, found ${account}.`);
  }
  const missing = header.regions.filter((region) => !regions.includes(region));
  if (missing.length === 0) return;
  throw new RestoreRefused(
    `CLAVIGER_REGIONS: expected ${header.regions.join(',')}, as in the backup, found ${regions.join(',')}.`,
  );
}

/** The stores of a new restore must hold nothing. @throws RestoreRefused */
export async function refuseFilled({ events, sealed, journals }: RestoreTargets): Promise<void> {
  const refuse = (what: string): never => {
    throw new RestoreRefused(
      `Expected empty stores, found ${what}. A restore is never mixed with data that exists; stop every node, and use new stores.`,
    );
  };
  if ((await events.head()) !== START) refuse('events in the event store');
  if (journals !== null && (await journals.head()) !== START) refuse('audit journals in the event store');
  for (const kind of SEALED_KINDS) {
    if ((await sealed.list(kind, '', 1)).length > 0) refuse('records in the sealed store');
  }
}
