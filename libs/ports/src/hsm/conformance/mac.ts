import { macLength } from '@claviger/crypto';
import { SPEC_FACTS } from '@claviger/domain';
import { bytes, hex, type HsmHarness, material, type Offers } from './harness.js';

/** MACs. The key never leaves, so that only an adapter's own specs can check the value. */
export function macConformance(make: () => Promise<HsmHarness>, offers: Offers): void {
  const specs = (['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512'] as const).filter((spec) =>
    offers(spec, 'GENERATE_VERIFY_MAC'),
  );
  describe.each(specs)('%s', (spec) => {
    it('makes full MACs that depend on message and key alone', async () => {
      const harness = await make();
      const { hsm } = harness;
      const key = material(1, spec, 'GENERATE_VERIFY_MAC');
      const other = material(2, spec, 'GENERATE_VERIFY_MAC');
      expect((await hsm.generate(key)).publicKey).toBeUndefined();
      await hsm.generate(other);
      for (const algorithm of SPEC_FACTS[spec].mac) {
        const mac = await hsm.use('mac', key, { algorithm, message: bytes('a message') });
        expect(mac).toHaveLength(macLength(algorithm));
        expect(hex(await hsm.use('mac', key, { algorithm, message: bytes('a message') }))).toBe(hex(mac));
        expect(hex(await hsm.use('mac', key, { algorithm, message: bytes('a Message') }))).not.toBe(hex(mac));
        expect(hex(await hsm.use('mac', other, { algorithm, message: bytes('a message') }))).not.toBe(hex(mac));
        expect(await hsm.use('mac', key, { algorithm, message: new Uint8Array(0) })).toHaveLength(macLength(algorithm));
      }
      await harness.dispose();
    });

    it('refuses the algorithm of another spec', async () => {
      const harness = await make();
      const { hsm } = harness;
      const key = material(1, spec, 'GENERATE_VERIFY_MAC');
      await hsm.generate(key);
      const algorithm = spec === 'HMAC_256' ? 'HMAC_SHA_512' : 'HMAC_SHA_256';
      await expect(hsm.use('mac', key, { algorithm, message: bytes('x') })).rejects.toBeInstanceOf(RangeError);
      await harness.dispose();
    });
  });
}
