import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { type Hsm, type Material, MaterialUnavailable } from '../contract.js';
import { bytes, flipped, hex, type HsmHarness, material, type Offers } from './harness.js';

const HASHES = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const;
const ALGORITHMS = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const;

/** RSA decryption of what node:crypto encrypted under the public key. */
export function rsaDecryptionConformance(make: () => Promise<HsmHarness>, offers: Offers): void {
  const specs = (['RSA_2048', 'RSA_3072', 'RSA_4096'] as const).filter((spec) => offers(spec, 'ENCRYPT_DECRYPT'));
  describe.each(specs)('%s for encryption', (spec) => {
    const offered = ALGORITHMS.filter((algorithm) => offers(spec, 'ENCRYPT_DECRYPT', algorithm));
    const refused = ALGORITHMS.filter((algorithm) => !offered.includes(algorithm));
    let harness: HsmHarness;
    let hsm: Hsm;
    let key: Material;
    let encrypt: (algorithm: (typeof ALGORITHMS)[number], plaintext: Uint8Array) => Uint8Array;

    beforeAll(async () => {
      harness = await make();
      hsm = harness.hsm;
      key = material(1, spec, 'ENCRYPT_DECRYPT');
      const { publicKey } = await hsm.generate(key);
      const imported = createPublicKey({ key: Buffer.from(publicKey ?? []), format: 'der', type: 'spki' });
      encrypt = (algorithm, plaintext) =>
        publicEncrypt(
          { key: imported, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: HASHES[algorithm] },
          plaintext,
        );
    }, 120_000);

    afterAll(() => harness.dispose());

    it.each(offered)('decrypts %s, also of nothing', async (algorithm) => {
      for (const text of ['a data key', '']) {
        const ciphertext = encrypt(algorithm, bytes(text));
        expect(hex(await hsm.use('rsaDecrypt', key, { algorithm, ciphertext }))).toBe(hex(bytes(text)));
      }
    });

    it('answers nothing for what is no ciphertext under this key and algorithm', async () => {
      for (const algorithm of offered) {
        const ciphertext = encrypt(algorithm, bytes('a data key'));
        for (const bad of [
          ...ALGORITHMS.filter((other) => other !== algorithm).map((other) => encrypt(other, bytes('a data key'))),
          flipped(ciphertext, 40),
          ciphertext.subarray(1),
          new Uint8Array(ciphertext.length).fill(0xff),
          new Uint8Array(0),
        ]) {
          expect(await hsm.use('rsaDecrypt', key, { algorithm, ciphertext: bad })).toBeUndefined();
        }
      }
    });

    it('refuses an algorithm that the device does not offer', async () => {
      for (const algorithm of refused) {
        const ciphertext = encrypt(algorithm, bytes('a data key'));
        await expect(hsm.use('rsaDecrypt', key, { algorithm, ciphertext })).rejects.toBeInstanceOf(RangeError);
      }
    });

    it('does not sign under a reference that was made for encryption (R-43)', async () => {
      const request = { algorithm: 'RSASSA_PSS_SHA_256' as const, messageType: 'RAW' as const, message: bytes('x') };
      await expect(hsm.use('sign', key, request)).rejects.toBeInstanceOf(RangeError);
      await expect(hsm.use('sign', { ...key, usage: 'SIGN_VERIFY' }, request)).rejects.toBeInstanceOf(
        MaterialUnavailable,
      );
      await expect(hsm.generate({ ...key, usage: 'SIGN_VERIFY' })).rejects.toBeInstanceOf(MaterialUnavailable);
    });
  });
}
