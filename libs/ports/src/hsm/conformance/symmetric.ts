import type { KeySpec } from '@claviger/domain';
import type { Hsm, Material } from '../contract.js';
import { bytes, flipped, hex, type HsmHarness, material, type Offers } from './harness.js';

const SPECS: readonly (readonly [KeySpec, number])[] = [
  ['SYMMETRIC_DEFAULT', 12],
  ['AES_128', 12],
  ['XCHACHA20_POLY1305', 24],
];

/** Encryption under symmetric keys. */
export function symmetricConformance(make: () => Promise<HsmHarness>, offers: Offers): void {
  describe.each(SPECS.filter(([spec]) => offers(spec, 'ENCRYPT_DECRYPT')))('%s', (spec, ivLength) => {
    let harness: HsmHarness;
    let hsm: Hsm;
    let key: Material;
    const aad = bytes('a header and a context');

    beforeAll(async () => {
      harness = await make();
      hsm = harness.hsm;
      key = material(1, spec, 'ENCRYPT_DECRYPT');
      await hsm.generate(key);
    });

    afterAll(() => harness.dispose());

    it('has no public key', async () => {
      expect((await hsm.generate(key)).publicKey).toBeUndefined();
    });

    it.each([0, 1, 15, 16, 17, 4096, 65_537])('decrypts what it encrypted, of %i bytes', async (length) => {
      const plaintext = Uint8Array.from({ length }, (_, i) => i & 0xff);
      const sealed = await hsm.use('encrypt', key, { plaintext, aad });
      expect(sealed.iv).toHaveLength(ivLength);
      expect(sealed.tag).toHaveLength(16);
      expect(sealed.ciphertext).toHaveLength(length);
      expect(hex(await hsm.use('decrypt', key, { ...sealed, aad }))).toBe(hex(plaintext));
    });

    it('takes empty additional data, and none other in their place', async () => {
      const sealed = await hsm.use('encrypt', key, { plaintext: bytes('x'), aad: new Uint8Array(0) });
      expect(hex(await hsm.use('decrypt', key, { ...sealed, aad: new Uint8Array(0) }))).toBe(hex(bytes('x')));
      expect(await hsm.use('decrypt', key, { ...sealed, aad })).toBeUndefined();
    });

    it('answers nothing when a bit of IV, ciphertext, tag or additional data was changed', async () => {
      const sealed = await hsm.use('encrypt', key, { plaintext: bytes('some plaintext'), aad });
      for (const changed of [
        { ...sealed, aad: flipped(aad, 3) },
        { ...sealed, aad: aad.subarray(1) },
        { ...sealed, aad, iv: flipped(sealed.iv, 0) },
        { ...sealed, aad, ciphertext: flipped(sealed.ciphertext, 5) },
        { ...sealed, aad, ciphertext: sealed.ciphertext.subarray(1) },
        { ...sealed, aad, tag: flipped(sealed.tag, 15) },
      ]) {
        expect(await hsm.use('decrypt', key, changed)).toBeUndefined();
      }
    });

    it('answers nothing for an IV or a tag of another length (SP 800-38D 5.2.1: no shortened tags)', async () => {
      const sealed = await hsm.use('encrypt', key, { plaintext: bytes('x'), aad });
      for (const length of [0, 4, 12, 15]) {
        expect(await hsm.use('decrypt', key, { ...sealed, aad, tag: sealed.tag.subarray(0, length) })).toBeUndefined();
      }
      for (const iv of [new Uint8Array(0), new Uint8Array(16), sealed.iv.subarray(1)]) {
        expect(await hsm.use('decrypt', key, { ...sealed, aad, iv })).toBeUndefined();
      }
    });

    it('does not decrypt under another version what it encrypted under this one', async () => {
      const other = material(2, spec, 'ENCRYPT_DECRYPT');
      await hsm.generate(other);
      const sealed = await hsm.use('encrypt', key, { plaintext: bytes('x'), aad });
      expect(await hsm.use('decrypt', other, { ...sealed, aad })).toBeUndefined();
    });

    it('takes a fresh IV for every call, and an IV that was answered never changes (R-31)', async () => {
      const seen = new Set<string>();
      const answered: { readonly iv: Uint8Array; readonly then: string | undefined }[] = [];
      for (let i = 0; i < 1000; i++) {
        const { iv } = await hsm.use('encrypt', key, { plaintext: bytes('x'), aad });
        answered.push({ iv, then: hex(iv) });
        seen.add(hex(iv) ?? '');
      }
      expect(seen.size).toBe(1000);
      expect(answered.filter(({ iv, then }) => hex(iv) !== then)).toEqual([]);
    });
  });
}
