import { existsSync } from 'node:fs';
import { openPkcs11Hsm, Pkcs11SettingsError } from '@claviger/adapters/hsm-pkcs11';
import { createPkcs11Seal, openPkcs11Seal } from '@claviger/adapters/seal-pkcs11';
import type { RandomSource } from '@claviger/crypto';
import type { Clock, Logger, Settings } from '@claviger/platform';
import { HsmUnavailable, type Seal } from '@claviger/ports';
import { SealUnreachable } from './seal-errors.js';

export interface TokenSealParts {
  readonly settings: Settings;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Looks whether a new root key may be made. @throws FirstStartRefused */
  readonly mayMake: () => Promise<void>;
}

/**
 * Opens the seal by the token of the settings, and makes it at the first start. The token is needed for that alone: one that is taken
 * away later does not close the seal.
 * @throws SealUnreachable when the token does not answer, or the settings do not fit it; Pkcs11SealRefused, FirstStartRefused
 */
export async function openTokenSeal({ settings, random, clock, logger, mayMake }: TokenSealParts): Promise<Seal> {
  const { pkcs11, sealFile: path, data: dataFolder } = settings;
  if (pkcs11 === null) throw new SealUnreachable('CLAVIGER_PKCS11_MODULE: expected the module of a token, found none.');
  const makes = !existsSync(path);
  if (makes) await mayMake();
  const token = pkcs11.tokenLabel;
  try {
    const hsm = await openPkcs11Hsm({
      modulePath: pkcs11.module,
      tokenLabel: token,
      ...(pkcs11.tokenSerial !== null && { tokenSerial: pkcs11.tokenSerial }),
      pin: { file: pkcs11.pinFile },
      sessions: 1,
      random,
      clock,
    });
    try {
      const options = { hsm, token, path, dataFolder, random };
      if (makes) {
        await createPkcs11Seal(options);
        logger.info('a new root key was made, under a key of the token', { file: path, label: token });
      }
      return await openPkcs11Seal(options);
    } finally {
      await hsm.close();
    }
  } catch (error) {
    if (!(error instanceof HsmUnavailable || error instanceof Pkcs11SettingsError)) throw error;
    throw new SealUnreachable(
      `CLAVIGER_SEAL: expected the token "${token}" to open the seal, found that it cannot: ${error.message}`,
    );
  }
}
