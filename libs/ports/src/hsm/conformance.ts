import type { HsmHarness } from './conformance/harness.js';
import { lifecycleConformance } from './conformance/lifecycle.js';
import { macConformance } from './conformance/mac.js';
import { rsaDecryptionConformance } from './conformance/rsa-decryption.js';
import { signingConformance } from './conformance/signing.js';
import { symmetricConformance } from './conformance/symmetric.js';

export type { HsmHarness } from './conformance/harness.js';

/** What every Hsm MUST do. */
export function hsmConformance(name: string, make: () => Promise<HsmHarness>): void {
  describe(`Hsm conformance: ${name}`, () => {
    describe('lifecycle', () => lifecycleConformance(make));
    symmetricConformance(make);
    signingConformance(make);
    rsaDecryptionConformance(make);
    macConformance(make);
  });
}
