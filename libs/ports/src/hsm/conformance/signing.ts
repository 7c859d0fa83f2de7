import { createHash, createPublicKey, verify, constants } from 'node:crypto';
import { allowsMessageType, digestLength, hashOf, importPublicKey, verifyMessage } from '@claviger/crypto';
import { KEY_SPECS, type KeySpec, type SigningAlgorithm, SPEC_FACTS } from '@claviger/domain';
import type { GeneratedMaterial, Hsm, Material } from '../contract.js';
import { bytes, flipped, hex, type HsmHarness, material, type Offers } from './harness.js';

const SPECS = KEY_SPECS.filter((spec) => SPEC_FACTS[spec].signing.length > 0);
const SLOW = 120_000; // milliseconds: generating RSA keys on a busy machine

/** Signatures under every spec that signs, verified with the public key by node:crypto. */
export function signingConformance(make: () => Promise<HsmHarness>, offers: Offers): void {
  describe.each(SPECS.filter((spec) => offers(spec, 'SIGN_VERIFY')))('%s for signatures', (spec) => {
    let harness: HsmHarness;
    let hsm: Hsm;
    let key: Material;
    let made: GeneratedMaterial;

    beforeAll(async () => {
      harness = await make();
      hsm = harness.hsm;
      key = material(1, spec, 'SIGN_VERIFY');
      made = await hsm.generate(key);
    }, SLOW);

    afterAll(() => harness.dispose());

    it('answers a public key of this spec, and its SHA-256 as the fingerprint', () => {
      expect(hex(made.fingerprint)).toBe(
        createHash('sha256')
          .update(made.publicKey ?? bytes(''))
          .digest('hex'),
      );
      expect(importPublicKey(made.publicKey ?? new Uint8Array(0))).toBeDefined();
      expect(shapeOf(made.publicKey)).toBe(SHAPES[spec]);
    });

    const forms = SPEC_FACTS[spec].signing.flatMap((algorithm) =>
      (['RAW', 'DIGEST'] as const)
        .filter((type) => allowsMessageType(algorithm, type) && offers(spec, 'SIGN_VERIFY', algorithm))
        .map((type) => [algorithm, type] as const),
    );

    it.each(forms)(
      'makes a signature %s over a message given as %s that its public key verifies',
      async (algorithm, messageType) => {
        const text = bytes('what is signed');
        const message = messageType === 'RAW' ? text : createHash(hashOf(algorithm)).update(text).digest();
        const signature = await hsm.use('sign', key, { algorithm, messageType, message });
        const holds = (over: Uint8Array, by = signature): Promise<boolean> =>
          verifies(made.publicKey, algorithm, over, by);
        expect(await holds(text)).toBe(true);
        expect(await holds(bytes('what is Signed'))).toBe(false);
        expect(await holds(text, flipped(signature, signature.length - 1))).toBe(false);
        if (spec === 'ECC_SECG_P256K1') expect(hasLowS(signature)).toBe(true);
      },
    );

    it('refuses an algorithm that the spec does not have, and a message type that the algorithm does not have', async () => {
      const all = KEY_SPECS.flatMap((each) => SPEC_FACTS[each].signing);
      for (const algorithm of new Set(all)) {
        if (offers(spec, 'SIGN_VERIFY', algorithm)) continue;
        const request = { algorithm, messageType: 'RAW' as const, message: bytes('x') };
        await expect(hsm.use('sign', key, request)).rejects.toBeInstanceOf(RangeError);
      }
      for (const algorithm of SPEC_FACTS[spec].signing) {
        for (const messageType of ['RAW', 'DIGEST'] as const) {
          if (allowsMessageType(algorithm, messageType)) continue;
          const request = { algorithm, messageType, message: new Uint8Array(digestLength(algorithm)) };
          await expect(hsm.use('sign', key, request)).rejects.toBeInstanceOf(RangeError);
        }
      }
    });

    it('refuses a digest of another length than its hash', async () => {
      const algorithm = SPEC_FACTS[spec].signing.find((each) => allowsMessageType(each, 'DIGEST'));
      if (algorithm === undefined) return;
      for (const length of [0, digestLength(algorithm) - 1, digestLength(algorithm) + 1]) {
        const request = { algorithm, messageType: 'DIGEST' as const, message: new Uint8Array(length) };
        await expect(hsm.use('sign', key, request)).rejects.toBeInstanceOf(RangeError);
      }
    });
  });
}

/** By OpenSSL over the message itself, also where the device got its digest; it lacks Ed25519ph. */
async function verifies(
  spki: Uint8Array | undefined,
  algorithm: SigningAlgorithm,
  text: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = createPublicKey({ key: Buffer.from(spki ?? []), format: 'der', type: 'spki' });
  const hashName = hashOf(algorithm);
  if (algorithm === 'ED25519_PH_SHA_512') {
    return verifyMessage(key, algorithm, 'DIGEST', createHash(hashName).update(text).digest(), signature);
  }
  if (algorithm === 'ED25519_SHA_512') return verify(null, text, key, signature);
  if (!algorithm.startsWith('RSASSA_PSS')) return verify(hashName, text, key, signature);
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify(hashName, text, pss, signature);
}

function shapeOf(spki: Uint8Array | undefined): string {
  const key = createPublicKey({ key: Buffer.from(spki ?? []), format: 'der', type: 'spki' });
  const details = key.asymmetricKeyDetails;
  return [key.asymmetricKeyType, details?.modulusLength ?? details?.namedCurve]
    .filter((part) => part !== undefined)
    .join(' ');
}

const SHAPES: Partial<Record<KeySpec, string>> = {
  RSA_2048: 'rsa 2048',
  RSA_3072: 'rsa 3072',
  RSA_4096: 'rsa 4096',
  ECC_NIST_P256: 'ec prime256v1',
  ECC_NIST_P384: 'ec secp384r1',
  ECC_NIST_P521: 'ec secp521r1',
  ECC_SECG_P256K1: 'ec secp256k1',
  ECC_NIST_EDWARDS25519: 'ed25519',
};

/** Half the order of secp256k1 (SEC 2 section 2.4.1), rounded down. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** s is the second INTEGER of the DER SEQUENCE (RFC 3279 section 2.2.3). */
function hasLowS(signature: Uint8Array): boolean {
  const s = signature.subarray(4 + (signature[3] ?? 0) + 2);
  return BigInt(`0x${Buffer.from(s).toString('hex')}`) <= HALF_ORDER;
}
