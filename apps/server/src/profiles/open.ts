import type { Settings } from '@claviger/platform';
import { type Seal, SealedRecordInvalid, SYSTEM_KEY_REFERENCES } from '@claviger/ports';
import type { Surroundings } from '../surroundings.js';
import { openCluster } from './cluster.js';
import { openEmbedded } from './embedded.js';
import type { ProfileParts } from './parts.js';
import { SealDoesNotFit } from './seal-errors.js';

/**
 * The parts of the profile that the settings name, over an open seal. The seal stays the caller's.
 * @throws SealDoesNotFit when what is stored was sealed under another root key: none is ever made anew in its place
 */
export async function openProfile(settings: Settings, seal: Seal, surroundings: Surroundings): Promise<ProfileParts> {
  try {
    return settings.cluster === null
      ? await openEmbedded(settings, seal, surroundings)
      : await openCluster(settings, settings.cluster, seal, surroundings);
  } catch (error) {
    if (!(error instanceof SealedRecordInvalid) || !SYSTEM_KEYS.has(error.reference)) throw error;
    const [setting, file] =
      settings.seal === 'keyfile'
        ? ['CLAVIGER_SEAL_KEYFILE', settings.sealKeyfile]
        : ['CLAVIGER_SEAL_FILE', settings.sealFile];
    throw new SealDoesNotFit(
      `${setting}: expected the root key that the sealed store was made with, found another (or the store's records were changed): ${file}. Nothing was changed. Put the right file there; after an exchange of the root key that is the newest one.`,
    );
  }
}

const SYSTEM_KEYS: ReadonlySet<string> = new Set(Object.values(SYSTEM_KEY_REFERENCES));
