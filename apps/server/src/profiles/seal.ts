import { existsSync, readdirSync } from 'node:fs';
import { createKeyFile, openKeyFileSeal } from '@claviger/adapters/seal-keyfile';
import { createPassphraseSeal, openPassphraseSeal } from '@claviger/adapters/seal-passphrase';
import { createSharesSeal, openSharesSeal } from '@claviger/adapters/seal-shares';
import type { SecretBytes } from '@claviger/crypto';
import type { Logger, Settings } from '@claviger/platform';
import type { Seal, SharePlan, Unsealable } from '@claviger/ports';
import { LOCK_FILES } from '../data-lock.js';
import type { Surroundings } from '../surroundings.js';
import { FirstStartRefused } from './seal-errors.js';
import { openTokenSeal } from './seal-token.js';
import { sealedRecordsOf } from './sealed-records.js';

/** A seal as a node finds it when it starts. */
export type FoundSeal = { readonly state: 'open'; readonly seal: Seal } | ClosedSeal;

export type ClosedSeal =
  | { readonly state: 'sealed'; readonly seal: PeoplesSeal }
  | {
      readonly state: 'not-initialised';
      readonly kind: 'passphrase';
      /** @throws FirstStartRefused, RangeError, PrivateFileError */
      readonly init: (passphrase: SecretBytes) => Promise<PeoplesSeal>;
    }
  | {
      readonly state: 'not-initialised';
      readonly kind: 'shares';
      /** The caller owns the shares. @throws FirstStartRefused, RangeError, PrivateFileError */
      readonly init: (plan: SharePlan) => Promise<{ seal: PeoplesSeal; shares: readonly SecretBytes[] }>;
    };

type Around = Pick<Surroundings, 'clock' | 'ids' | 'logger'>;

/** A seal that people open. */
export type PeoplesSeal = Seal & Unsealable;

/**
 * Finds the seal over the root key. A key file, and a token's seal, is made at the first start; one that people open waits for them. Data
 * without its key is refused: a new key would open nothing of it, and would hide that the old one is missing.
 * @throws FirstStartRefused, PrivateFileError, SealFileInvalid, SealedStoreUnavailable, SealUnreachable, Pkcs11SealRefused
 */
export async function openSeal(settings: Settings, { clock, ids, logger }: Around): Promise<FoundSeal> {
  const { data: dataFolder, sealFile: path } = settings;
  const place = { path, dataFolder, random: (length: number): Uint8Array => ids.random(length) };
  switch (settings.seal) {
    case 'keyfile':
      return { state: 'open', seal: await keyFile(settings, place.random, logger) };
    case 'passphrase':
      if (existsSync(path)) return { state: 'sealed', seal: openPassphraseSeal(place) };
      await requireNothingSealed(settings, 'CLAVIGER_SEAL_FILE', path, logger);
      return {
        state: 'not-initialised',
        kind: 'passphrase',
        init: async (passphrase) => {
          await requireNothingSealed(settings, 'CLAVIGER_SEAL_FILE', path, logger);
          await createPassphraseSeal(passphrase, place);
          return openPassphraseSeal(place);
        },
      };
    case 'shares':
      if (existsSync(path)) return { state: 'sealed', seal: openSharesSeal(place) };
      await requireNothingSealed(settings, 'CLAVIGER_SEAL_FILE', path, logger);
      return {
        state: 'not-initialised',
        kind: 'shares',
        init: async (plan) => {
          await requireNothingSealed(settings, 'CLAVIGER_SEAL_FILE', path, logger);
          const shares = await createSharesSeal(plan, place);
          return { seal: openSharesSeal(place), shares };
        },
      };
    case 'pkcs11':
      return {
        state: 'open',
        seal: await openTokenSeal({
          settings,
          random: place.random,
          clock,
          logger,
          mayMake: () => requireNothingSealed(settings, 'CLAVIGER_SEAL_FILE', path, logger),
        }),
      };
  }
}

async function keyFile(settings: Settings, random: (length: number) => Uint8Array, logger: Logger): Promise<Seal> {
  const { sealKeyfile: file, data: dataFolder } = settings;
  if (!existsSync(file)) {
    await requireNothingSealed(settings, 'CLAVIGER_SEAL_KEYFILE', file, logger);
    createKeyFile(file, random, { dataFolder });
    logger.info('a new root key was made', { file });
  }
  logger.warn('the root key is a file: good for development, not for production', { file });
  return openKeyFileSeal(file, { dataFolder, random });
}

/** @throws FirstStartRefused when there is data that some root key has sealed, here or in the store that all nodes share */
async function requireNothingSealed(settings: Settings, setting: string, path: string, logger: Logger): Promise<void> {
  const { data } = settings;
  const missing = (what: string): FirstStartRefused =>
    new FirstStartRefused(
      `${setting}: expected the file that opens ${what}, found nothing at ${path}. It is never made anew for data that exists.`,
    );
  if (readdirSync(data).some((name) => !LOCK_FILES.has(name))) throw missing(`the data in ${data}`);
  if (settings.cluster === null) return;
  if (await sealedRecordsOf(settings.cluster, logger)) throw missing("the sealed store of this cluster's nodes");
}
