import { hash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import {
  hashOf,
  importPublicKey,
  keyPairSpecOf,
  verifyEcdsa,
  verifyEd25519,
  type EcdsaAlgorithm,
  type EcdsaVerifyOptions,
  type KeyPairSpec,
} from '@claviger/crypto';
import { contradiction, type Driver } from '../driver.js';
import { bytes, text } from '../vector-file.js';

const ECDSA: Readonly<Record<string, EcdsaAlgorithm>> = {
  'SHA-256': 'ECDSA_SHA_256',
  'SHA-384': 'ECDSA_SHA_384',
  'SHA-512': 'ECDSA_SHA_512',
};

/** RAW is OpenSSL's, DIGEST is @noble's: on every case the two engines must agree. */
const ecdsa =
  (options: EcdsaVerifyOptions): Driver =>
  async ({ fields, group }) => {
    const algorithm = ECDSA[text(group, 'sha')];
    const key = importPublicKey(bytes(group, 'publicKeyDer'));
    if (algorithm === undefined || key === undefined) return false;
    const [msg, sig] = [bytes(fields, 'msg'), bytes(fields, 'sig')];
    const raw = await verifyEcdsa(key, algorithm, 'RAW', msg, sig, options);
    const digest = hash(hashOf(algorithm), msg, 'buffer');
    if ((await verifyEcdsa(key, algorithm, 'DIGEST', digest, sig, options)) !== raw)
      contradiction('RAW and DIGEST disagree');
    return raw;
  };

const eddsa: Driver = ({ fields, group }) => {
  const key = importPublicKey(bytes(group, 'publicKeyDer'));
  if (key === undefined) return false;
  const [msg, sig] = [bytes(fields, 'msg'), bytes(fields, 'sig')];
  const valid = verifyEd25519(key, msg, sig);
  const noble = sig.length === 64 && ed25519.verify(sig, msg, key.export({ format: 'raw-public' }), { zip215: false });
  if (noble !== valid) contradiction('OpenSSL and @noble disagree');
  return valid;
};

/** Of the key agreement vectors only the public keys are used: each is a key that a stranger asks to import for that curve. */
const spki =
  (spec: KeyPairSpec): Driver =>
  ({ fields }) => {
    const key = importPublicKey(bytes(fields, 'public'));
    return key !== undefined && keyPairSpecOf(key) === spec;
  };

export const CURVES: Readonly<Record<string, Driver>> = {
  'ecdsa_secp256r1_sha256_test.json': ecdsa({}),
  'ecdsa_secp256r1_sha512_test.json': ecdsa({}),
  'ecdsa_secp256r1_sha256_p1363_test.json': ecdsa({ form: 'p1363' }),
  'ecdsa_secp384r1_sha384_test.json': ecdsa({}),
  'ecdsa_secp384r1_sha512_test.json': ecdsa({}),
  'ecdsa_secp384r1_sha384_p1363_test.json': ecdsa({ form: 'p1363' }),
  'ecdsa_secp521r1_sha512_test.json': ecdsa({}),
  'ecdsa_secp521r1_sha512_p1363_test.json': ecdsa({ form: 'p1363' }),
  'ecdsa_secp256k1_sha256_test.json': ecdsa({}),
  'ecdsa_secp256k1_sha256_p1363_test.json': ecdsa({ form: 'p1363' }),
  'ecdsa_secp256k1_sha256_bitcoin_test.json': ecdsa({ requireLowS: true }),
  'ed25519_test.json': eddsa,
  'ecdh_secp256r1_test.json': spki('ECC_NIST_P256'),
  'ecdh_secp384r1_test.json': spki('ECC_NIST_P384'),
  'ecdh_secp521r1_test.json': spki('ECC_NIST_P521'),
};
