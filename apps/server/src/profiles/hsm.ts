import { DigestWorkers, SoftwareHsm } from '@claviger/adapters/hsm-software';
import type { TokenSlot } from '@claviger/application';
import type { Settings } from '@claviger/platform';
import type { Hsm, SealedSecrets } from '@claviger/ports';
import type { Surroundings } from '../surroundings.js';
import { WatchedToken } from './token.js';

export interface OpenedHsm {
  /** Has the keys of protection level SOFTWARE. */
  readonly hsm: Hsm;
  /** Has those of level HSM; null where the settings name no token. */
  readonly token: TokenSlot | null;
  readonly close: () => Promise<void>;
}

/** Where key material lives and works. @throws TokenRefused when the settings name a token that cannot be used so */
export async function openHsm(
  { pkcs11 }: Settings,
  secrets: SealedSecrets,
  { clock, ids, logger, metrics }: Surroundings,
): Promise<OpenedHsm> {
  const random = (length: number): Uint8Array => ids.random(length);
  const token = pkcs11 && (await WatchedToken.open({ settings: pkcs11, random, clock, logger, metrics }));
  const hsm = new SoftwareHsm({
    secrets,
    random,
    digestSigner: new DigestWorkers({ random }),
    poolThreads: Number(process.env['UV_THREADPOOL_SIZE'] ?? 4),
  });
  return {
    hsm,
    token,
    close: async () => {
      await hsm.close();
      await token?.close();
    },
  };
}
