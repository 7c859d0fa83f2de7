import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { type Hsm, type Material, MaterialUnavailable } from '../contract.js';
import { bytes, flipped, hex, type HsmHarness, material } from './harness.js';

const HASHES = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const;
const ALGORITHMS = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const;

/** RSA decryption of what node:crypto encrypted under the public key. */
export function rsaDecryptionConformance(make: () => Promise<HsmHarness>): void {
  describe.each(['RSA_2048', 'RSA_3072', 'RSA_4096'] as const)('%s for encryption', (spec) => {
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

    it.each(ALGORITHMS)('decrypts %s, also of nothing', async (algorithm) => {
      for (const text of ['a data key', '']) {
        const ciphertext = encrypt(algorithm, bytes(text));
        expect(hex(await hsm.use('rsaDecrypt', key, { algorithm, ciphertext }))).toBe(hex(bytes(text)));
      }
    });

    it('answers nothing for what is no ciphertext under this key and algorithm', async () => {
      const ciphertext = encrypt('RSAES_OAEP_SHA_256', bytes('a data key'));
      for (const request of [
        { algorithm: 'RSAES_OAEP_SHA_1' as const, ciphertext },
        { algorithm: 'RSAES_OAEP_SHA_256' as const, ciphertext: flipped(ciphertext, 40) },
        { algorithm: 'RSAES_OAEP_SHA_256' as const, ciphertext: ciphertext.subarray(1) },
        { algorithm: 'RSAES_OAEP_SHA_256' as const, ciphertext: new Uint8Array(ciphertext.length).fill(0xff) },
        { algorithm: 'RSAES_OAEP_SHA_256' as const, ciphertext: new Uint8Array(0) },
      ]) {
        expect(await hsm.use('rsaDecrypt', key, request)).toBeUndefined();
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
