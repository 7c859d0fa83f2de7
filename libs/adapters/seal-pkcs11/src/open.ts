import type { TokenUnlock } from '@claviger/crypto';
import { sharedPrivateFile } from '@claviger/platform';
import { MaterialUnavailable, SealFileInvalid, SealedRing } from '@claviger/ports';
import { MOST_BYTES, type Pkcs11SealOptions, privateFileOf } from './place.js';
import { Pkcs11Seal } from './seal.js';
import { unlockKeyOf } from './unlock.js';

/** The token that answers does not open the seal: its key is another's, or gone. */
class Pkcs11SealRefused extends Error {
  override readonly name = 'Pkcs11SealRefused';
}

/**
 * Opens the seal by the key on the token, which is not needed any more afterwards.
 *
 * @throws HsmUnavailable, HsmOverloaded when the token cannot serve now; Pkcs11SealRefused, PrivateFileError; SealFileInvalid for
 *   another file than this kind's
 */
export async function openPkcs11Seal(options: Pkcs11SealOptions): Promise<Pkcs11Seal> {
  const { token, random, path } = options;
  const access = sharedPrivateFile(privateFileOf(options), MOST_BYTES, random);
  const ring = new SealedRing(access, random);
  const { unlock } = ring.header();
  if (unlock.kind !== 'pkcs11') throw new SealFileInvalid(`the seal file opens by ${unlock.kind}, not by a token`);
  const key = await unlockKey(options, unlock);
  if (key === undefined || !ring.open(key)) {
    throw new Pkcs11SealRefused(
      `seal file ${path}: expected one that the token "${token}" opens, found one that was changed or belongs to another token (it names "${unlock.token}")`,
    );
  }
  return new Pkcs11Seal(ring);
}

async function unlockKey({ hsm, token, path }: Pkcs11SealOptions, unlock: TokenUnlock): ReturnType<typeof unlockKeyOf> {
  try {
    return await unlockKeyOf(hsm, unlock);
  } catch (error) {
    if (!(error instanceof MaterialUnavailable)) throw error;
    throw new Pkcs11SealRefused(
      `seal file ${path}: expected its key ${unlock.reference} on the token "${token}", found none (the file names the token "${unlock.token}")`,
      { cause: error },
    );
  }
}
