import { encodeSealFile, ROOT_KEY_LENGTH, rootKeyId, SecretBytes } from '@claviger/crypto';
import { createPrivateFile } from '@claviger/platform';
import { type Pkcs11SealOptions, privateFileOf } from './place.js';
import { newUnlock } from './unlock.js';

/**
 * Makes a seal file with a new root key that opens by a key on the token: mode 0600, missing folders 0700, durable on return. A file
 * that exists is never touched. One that cannot be written leaves a key on the token that is good for nothing.
 *
 * @throws HsmUnavailable, HsmOverloaded, PrivateFileError
 */
export async function createPkcs11Seal(options: Pkcs11SealOptions): Promise<void> {
  const { hsm, token, random } = options;
  const { unlock, key } = await newUnlock(hsm, token, random);
  using unlockKey = key;
  using root = SecretBytes.take(random(ROOT_KEY_LENGTH));
  const header = { format: 'claviger-seal', version: 1, root: root.use(rootKeyId), rotation: null, unlock } as const;
  createPrivateFile(privateFileOf(options), encodeSealFile(header, { current: root }, unlockKey, random), random);
}
