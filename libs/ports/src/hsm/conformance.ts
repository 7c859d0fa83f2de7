import { type HsmHarness, type Offers, offersAll } from './conformance/harness.js';
import { lifecycleConformance } from './conformance/lifecycle.js';
import { macConformance } from './conformance/mac.js';
import { rsaDecryptionConformance } from './conformance/rsa-decryption.js';
import { signingConformance } from './conformance/signing.js';
import { symmetricConformance } from './conformance/symmetric.js';

export type { HsmHarness } from './conformance/harness.js';

/** What every Hsm MUST do, with what it offers. */
export function hsmConformance(name: string, make: () => Promise<HsmHarness>, offers: Offers = offersAll): void {
  describe(`Hsm conformance: ${name}`, () => {
    describe('lifecycle', () => lifecycleConformance(make, offers));
    symmetricConformance(make, offers);
    signingConformance(make, offers);
    rsaDecryptionConformance(make, offers);
    macConformance(make, offers);
  });
}
