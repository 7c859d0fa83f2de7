import { existsSync, readdirSync } from 'node:fs';
import { createKeyFile, type KeyFileSeal, openKeyFileSeal } from '@claviger/adapters/seal-keyfile';
import type { Ids, Logger, Settings } from '@claviger/platform';

/** The data is there and its key is not; or the other way round would follow. */
class FirstStartRefused extends Error {
  override readonly name = 'FirstStartRefused';
}

/** What a folder holds before anything was ever stored: the lock alone. */
const LOCK_FILES = new Set(['lock.db', 'lock.db-journal', 'lock.json']);

/**
 * Opens the root key; makes it at the first start only. Data without its key is refused: a new key would open nothing of it, and would
 * hide that the old one is missing.
 * @throws FirstStartRefused, KeyFileError
 */
export function openSeal(settings: Settings, ids: Ids, logger: Logger): KeyFileSeal {
  const { sealKeyfile, data } = settings;
  const random = (length: number): Uint8Array => ids.random(length);
  if (!existsSync(sealKeyfile)) {
    if (readdirSync(data).some((name) => !LOCK_FILES.has(name))) {
      throw new FirstStartRefused(
        `CLAVIGER_SEAL_KEYFILE: expected the key file of the data in ${data}, found nothing at ${sealKeyfile}. It is never made anew for data that exists.`,
      );
    }
    createKeyFile(sealKeyfile, random, { dataFolder: data });
    logger.info('a new root key was made', { file: sealKeyfile });
  }
  logger.warn('the root key is a file: good for development, not for production', { file: sealKeyfile });
  return openKeyFileSeal(sealKeyfile, { dataFolder: data, random });
}
