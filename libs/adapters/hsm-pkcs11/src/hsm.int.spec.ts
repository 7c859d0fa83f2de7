import { randomBytes } from 'node:crypto';
import { SystemClock } from '@claviger/platform';
import { type Hsm } from '@claviger/ports';
import { hsmConformance } from '@claviger/ports/testing';
import { requireExternal } from '../../../../test/support/external.js';
import { CompiledEntry } from '../../../../test/servers/softhsm/compiled-entry.js';
import { findSoftHsm, SOFTHSM_REASON } from '../../../../test/servers/softhsm/find.js';
import { PIN, PrivateToken } from '../../../../test/servers/softhsm/token.js';
import { SecretBytes } from '@claviger/crypto';
import type { Pkcs11Hsm } from './hsm.js';
import { openPkcs11Hsm } from './open.js';
import { softHsmOffers } from '../../../../test/servers/softhsm/softhsm-offers.js';
import { changeLabel } from '../../../../test/servers/softhsm/other-client.js';

const suite = requireExternal('softhsm', findSoftHsm()?.version, SOFTHSM_REASON);

suite('PKCS #11', () => {
  let token: PrivateToken;
  let entry: CompiledEntry;

  beforeAll(async () => {
    entry = CompiledEntry.make();
    token = await PrivateToken.start();
  }, 60_000);

  afterAll(async () => {
    await token.stop();
    entry.remove();
  });

  hsmConformance(
    'SoftHSM over PKCS #11',
    async () => {
      token.empty();
      const opened: Pkcs11Hsm[] = [];
      const open = async (): Promise<Hsm> => {
        const hsm = await openPkcs11Hsm({
          modulePath: token.modulePath,
          tokenLabel: token.label,
          pin: SecretBytes.take(Buffer.from(PIN)),
          sessions: 2,
          random: randomBytes,
          clock: new SystemClock(),
          entry: entry.url,
        });
        opened.push(hsm);
        return hsm;
      };
      return {
        hsm: await open(),
        another: open,
        tamper: async (reference) => changeLabel(token, reference),
        dispose: async () => {
          for (const hsm of opened) await hsm.close();
        },
      };
    },
    softHsmOffers,
  );
});
