import { type Argon2idCost, encodeSealFile, ROOT_KEY_LENGTH, rootKeyId, SecretBytes } from '@claviger/crypto';
import { createPrivateFile } from '@claviger/platform';
import { privateFileOf, type SealFilePlace } from './file.js';
import { newUnlock, type Stretch } from './unlock.js';

export interface CreatePassphraseSealOptions extends SealFilePlace {
  /** Cost of one trial of a passphrase; RFC 9106's second recommendation when absent, and never less. */
  readonly cost?: Argon2idCost;
}

/**
 * Makes a seal file with a new root key: mode 0600, missing folders 0700, durable on return. A file that exists is never touched.
 *
 * @param passphrase in UTF-8, 12 to 1024 bytes; the caller still owns (and wipes) it
 * @param stretch named by tests only
 * @throws RangeError for another length or too low a cost; PrivateFileError
 */
export async function createPassphraseSeal(
  passphrase: SecretBytes,
  options: CreatePassphraseSealOptions,
  stretch?: Stretch,
): Promise<void> {
  const { random } = options;
  const { unlock, key } = await newUnlock(passphrase, options.cost, random, stretch);
  using unlockKey = key;
  using root = SecretBytes.take(random(ROOT_KEY_LENGTH));
  const header = { format: 'claviger-seal', version: 1, root: root.use(rootKeyId), rotation: null, unlock } as const;
  createPrivateFile(privateFileOf(options), encodeSealFile(header, { current: root }, unlockKey, random), random);
}
