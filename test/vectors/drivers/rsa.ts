import { hash, randomBytes } from 'node:crypto';
import {
  hashOf,
  importPublicKey,
  privateKeyFromPkcs8,
  publicKeyOf,
  rsaOaepDecrypt,
  rsaOaepEncrypt,
  signRsa,
  spkiOf,
  verifyRsa,
  type RsaOaepAlgorithm,
  type RsaSigningAlgorithm,
} from '@claviger/crypto';
import { contradiction, same, type Driver } from '../driver.js';
import { bytes, number, text, type Fields } from '../vector-file.js';

const OAEP: Readonly<Record<string, RsaOaepAlgorithm>> = {
  'SHA-1': 'RSAES_OAEP_SHA_1',
  'SHA-256': 'RSAES_OAEP_SHA_256',
};

const PKCS1: Readonly<Record<string, RsaSigningAlgorithm>> = {
  'SHA-256': 'RSASSA_PKCS1_V1_5_SHA_256',
  'SHA-384': 'RSASSA_PKCS1_V1_5_SHA_384',
  'SHA-512': 'RSASSA_PKCS1_V1_5_SHA_512',
};

const PSS: Readonly<Record<string, RsaSigningAlgorithm>> = {
  'SHA-256': 'RSASSA_PSS_SHA_256',
  'SHA-384': 'RSASSA_PSS_SHA_384',
  'SHA-512': 'RSASSA_PSS_SHA_512',
};

const PSS_SALT: Readonly<Record<string, number>> = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 };

const oaep: Driver = async ({ fields, group }) => {
  const algorithm = text(group, 'sha') === text(group, 'mgfSha') ? OAEP[text(group, 'sha')] : undefined;
  const key = privateKeyFromPkcs8(bytes(group, 'privateKeyPkcs8'));
  if (algorithm === undefined || key === undefined) return false;
  const [msg, ct, label] = [bytes(fields, 'msg'), bytes(fields, 'ct'), bytes(fields, 'label')];
  const opened = await rsaOaepDecrypt(key, algorithm, ct, label);
  if (opened === undefined) return false;
  if (!same(opened, msg)) contradiction('decrypts to another plaintext');
  const again = rsaOaepEncrypt(publicKeyOf(key), algorithm, msg, label);
  const reopened = await rsaOaepDecrypt(key, algorithm, again, label);
  if (reopened === undefined || !same(reopened, msg)) contradiction('does not decrypt its own ciphertext');
  return true;
};

/** Both ways of verifying, over the message and over its digest, must agree on every case. */
function verifyBothWays(algorithm: RsaSigningAlgorithm, spki: Uint8Array, fields: Fields): boolean {
  const key = importPublicKey(spki);
  if (key === undefined) return false;
  const [msg, sig] = [bytes(fields, 'msg'), bytes(fields, 'sig')];
  const raw = verifyRsa(key, algorithm, 'RAW', msg, sig);
  if (verifyRsa(key, algorithm, 'DIGEST', hash(hashOf(algorithm), msg, 'buffer'), sig) !== raw) {
    contradiction('RAW and DIGEST disagree');
  }
  return raw;
}

const pkcs1: Driver = ({ fields, group }) => {
  const algorithm = PKCS1[text(group, 'sha')];
  return algorithm !== undefined && verifyBothWays(algorithm, bytes(group, 'publicKeyDer'), fields);
};

const pss: Driver = ({ fields, group }) => {
  const sha = text(group, 'sha');
  const algorithm = PSS[sha];
  if (algorithm === undefined || text(group, 'mgfSha') !== sha || number(group, 'sLen') !== PSS_SALT[sha]) return false;
  return verifyBothWays(algorithm, bytes(group, 'publicKeyDer'), fields);
};

/** PKCS#1 v1.5 is deterministic: both ways of signing must give the very signature. */
const pkcs1Generation: Driver = async ({ fields, group }) => {
  const algorithm = PKCS1[text(group, 'sha')];
  const key = privateKeyFromPkcs8(bytes(group, 'privateKeyPkcs8'));
  if (algorithm === undefined || key === undefined) return false;
  if (importPublicKey(spkiOf(publicKeyOf(key))) === undefined) return false; // an exponent that is not offered
  const [msg, sig] = [bytes(fields, 'msg'), bytes(fields, 'sig')];
  const digest = hash(hashOf(algorithm), msg, 'buffer');
  if (!same(await signRsa(key, algorithm, 'RAW', msg, randomBytes), sig)) contradiction('RAW signs otherwise');
  if (!same(await signRsa(key, algorithm, 'DIGEST', digest, randomBytes), sig)) contradiction('DIGEST signs otherwise');
  return true;
};

export const RSA: Readonly<Record<string, Driver>> = {
  'rsa_oaep_2048_sha1_mgf1sha1_test.json': oaep,
  'rsa_oaep_2048_sha256_mgf1sha256_test.json': oaep,
  'rsa_oaep_3072_sha256_mgf1sha256_test.json': oaep,
  'rsa_oaep_4096_sha256_mgf1sha256_test.json': oaep,
  'rsa_oaep_misc_test.json': oaep,
  'rsa_pss_2048_sha256_mgf1_32_test.json': pss,
  'rsa_pss_3072_sha256_mgf1_32_test.json': pss,
  'rsa_pss_4096_sha256_mgf1_32_test.json': pss,
  'rsa_pss_4096_sha384_mgf1_48_test.json': pss,
  'rsa_pss_4096_sha512_mgf1_64_test.json': pss,
  'rsa_pss_misc_test.json': pss,
  'rsa_signature_2048_sha256_test.json': pkcs1,
  'rsa_signature_3072_sha256_test.json': pkcs1,
  'rsa_signature_3072_sha384_test.json': pkcs1,
  'rsa_signature_4096_sha256_test.json': pkcs1,
  'rsa_signature_4096_sha512_test.json': pkcs1,
  'rsa_pkcs1_2048_sig_gen_test.json': pkcs1Generation,
};
