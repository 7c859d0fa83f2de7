import { constants, publicEncrypt } from 'node:crypto';
import type {
  EncryptionAlgorithm,
  KeyAlgorithm,
  KeySpec,
  KeyUsage,
  MacAlgorithm,
  SigningAlgorithm,
} from '@claviger/domain';
import { CKM } from './ck.js';
import { inWords } from './cryptoki.js';
import { isLoss } from './failure.js';
import { fingerprintOfSecret } from './fingerprint.js';
import { GCM_TAG_LENGTH, gcmDecrypt, gcmEncrypt, hmac, oaepDecrypt, sign } from './operations.js';
import { publicKeyOf, verifies } from './public-key.js';
import type { TokenSession } from './session.js';
import { checkAlgorithmOf, FORMS } from './spec-forms.js';
import { type MadeObjects, makeKey } from './templates.js';
import { findWrapping } from './wrapping-check.js';

/** Keys that the token makes, and what it does with them. */
export interface Offer {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly algorithms: readonly KeyAlgorithm[];
}

export interface Capabilities {
  readonly offers: readonly Offer[];
  /** Mechanism that makes RFC 5649, or why there is none. */
  readonly wrapping: { readonly mechanism: number } | { readonly refusal: string };
  /** What the domain offers and this token does not, in words with the module's answer. */
  readonly lacks: readonly string[];
}

interface Trial {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  /** Each with the way to try it on a key that lives as long as the session. Throws when the token does not do it. */
  readonly tries: readonly { readonly algorithm: KeyAlgorithm; readonly run: (key: MadeObjects) => void }[];
}

/**
 * Tries everything on keys that are not kept: lists of mechanisms do not tell which curves, hashes and sizes a module takes.
 * @throws Lost
 */
export function checkCapabilities(session: TokenSession): Capabilities {
  const offers: Offer[] = [];
  const lacks: string[] = ['XCHACHA20_POLY1305: there is no mechanism for it in PKCS #11'];
  for (const trial of [...symmetricTrials(session), ...macTrials(session), ...ecTrials(session)]) {
    add(session, trial, offers, lacks);
  }
  addRsa(session, offers, lacks);
  const wrapping = findWrapping(session);
  if ('refusal' in wrapping) lacks.push(`wrapping of data keys: ${wrapping.refusal}`);
  return { offers, wrapping, lacks };
}

function add(session: TokenSession, trial: Trial, offers: Offer[], lacks: string[]): void {
  const { spec, usage } = trial;
  const algorithms = attempt(`${spec} for ${usage}`, lacks, () =>
    withPassingKey(session, spec, usage, (key) =>
      trial.tries.flatMap(({ algorithm, run }) =>
        attempt(`${algorithm} with ${spec}`, lacks, () => run(key)) === undefined ? [] : [algorithm],
      ),
    ),
  );
  if (algorithms !== undefined && algorithms.done.length > 0) offers.push({ spec, usage, algorithms: algorithms.done });
}

function attempt<T>(what: string, lacks: string[], run: () => T): { readonly done: T } | undefined {
  try {
    return { done: run() };
  } catch (error) {
    if (isLoss(error)) throw error;
    lacks.push(`${what}: ${inWords(error)}`);
    return undefined;
  }
}

function withPassingKey<T>(session: TokenSession, spec: KeySpec, usage: KeyUsage, work: (key: MadeObjects) => T): T {
  const made = makeKey(session, { spec, usage, kept: undefined, wrapping: false });
  try {
    return work(made);
  } finally {
    session.destroyObject(made.key);
    if (made.publicKey !== undefined) session.destroyObject(made.publicKey);
  }
}

function symmetricTrials(session: TokenSession): Trial[] {
  return (['SYMMETRIC_DEFAULT', 'AES_128'] as const).map((spec) => ({
    spec,
    usage: 'ENCRYPT_DECRYPT',
    tries: [{ algorithm: 'SYMMETRIC_DEFAULT', run: ({ key }) => tryGcm(session, spec, key) }],
  }));
}

function tryGcm(session: TokenSession, spec: KeySpec, key: Buffer): void {
  fingerprintOfSecret(session, spec, key);
  const iv = Buffer.alloc(12, 1); // the key is destroyed after this one use
  const [plain, aad] = [Buffer.from('a trial'), Buffer.from('of GCM')];
  const { ciphertext, tag } = gcmEncrypt(session, key, iv, plain, aad);
  const opened = gcmDecrypt(session, key, iv, Buffer.concat([ciphertext, tag]), aad);
  if (tag.length !== GCM_TAG_LENGTH || !opened.equals(plain)) throw new Error('the trial does not decrypt');
}

function macTrials(session: TokenSession): Trial[] {
  return (['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512'] as const).map((spec) => ({
    spec,
    usage: 'GENERATE_VERIFY_MAC',
    tries: [
      {
        algorithm: `HMAC_SHA_${spec.slice(5)}` as MacAlgorithm,
        run: ({ key }) => {
          const form = FORMS[spec];
          if (form.kind !== 'hmac') throw new Error('no MAC');
          const made = hmac(session, key, form.mechanism, Buffer.from('a trial'));
          if (made.length !== form.length) throw new Error(`a MAC of ${made.length} bytes`);
        },
      },
    ],
  }));
}

function ecTrials(session: TokenSession): Trial[] {
  const specs = [
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'ECC_NIST_EDWARDS25519',
  ] as const;
  return specs.map((spec) => {
    const algorithm = checkAlgorithmOf(spec) ?? 'ECDSA_SHA_256';
    const tries: Trial['tries'] = [{ algorithm, run: (made) => trySignature(session, spec, algorithm, made) }];
    if (spec !== 'ECC_NIST_EDWARDS25519') return { spec, usage: 'SIGN_VERIFY', tries };
    const prehashed = 'ED25519_PH_SHA_512';
    const digest = Buffer.alloc(64);
    return {
      spec,
      usage: 'SIGN_VERIFY',
      tries: [
        ...tries,
        { algorithm: prehashed, run: ({ key }) => void sign(session, key, prehashed, 'DIGEST', digest) },
      ],
    };
  });
}

/** Also shows that the module takes the curve's name and answers the point in a form that we read. */
function trySignature(session: TokenSession, spec: KeySpec, algorithm: SigningAlgorithm, made: MadeObjects): void {
  if (made.publicKey === undefined) throw new Error('no public key');
  const pair = { key: made.key, publicKey: made.publicKey };
  const publicKey = publicKeyOf(session, spec, 'SIGN_VERIFY', pair);
  const message = Buffer.from('a trial');
  if (!verifies(publicKey, algorithm, message, sign(session, made.key, algorithm, 'RAW', message))) {
    throw new Error('the trial does not verify');
  }
}

const RSA_SPECS = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const;
const RSA_SIGNING: readonly SigningAlgorithm[] = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
];
const OAEP: readonly EncryptionAlgorithm[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];

/** Algorithms are tried on 2048 bits; the larger sizes are the module's word, since making them takes seconds. */
function addRsa(session: TokenSession, offers: Offer[], lacks: string[]): void {
  const found: Offer[] = [];
  const signing: Trial['tries'] = RSA_SIGNING.map((algorithm) => ({
    algorithm,
    run: ({ key }) => void sign(session, key, algorithm, 'RAW', Buffer.from('a trial')),
  }));
  const decryption: Trial['tries'] = OAEP.map((algorithm) => ({
    algorithm,
    run: (made) => tryOaep(session, algorithm, made),
  }));
  add(session, { spec: 'RSA_2048', usage: 'SIGN_VERIFY', tries: signing }, found, lacks);
  add(session, { spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT', tries: decryption }, found, lacks);
  if (found.length === 0) return;
  const { minKeySize, maxKeySize } = session.module.C_GetMechanismInfo(session.slot, CKM.RSA_PKCS_KEY_PAIR_GEN);
  for (const spec of RSA_SPECS) {
    const form = FORMS[spec];
    const fits = form.kind === 'rsa' && form.bits >= minKeySize && form.bits <= maxKeySize;
    if (fits) offers.push(...found.map((offer) => ({ ...offer, spec })));
    else lacks.push(`${spec}: the module makes ${minKeySize} to ${maxKeySize} bits`);
  }
}

function tryOaep(session: TokenSession, algorithm: EncryptionAlgorithm, made: MadeObjects): void {
  if (made.publicKey === undefined) throw new Error('no public key');
  const pair = { key: made.key, publicKey: made.publicKey };
  const key = publicKeyOf(session, 'RSA_2048', 'ENCRYPT_DECRYPT', pair);
  const oaepHash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256';
  const plain = Buffer.from('a trial');
  const ciphertext = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plain);
  if (!oaepDecrypt(session, made.key, algorithm, ciphertext).equals(plain))
    throw new Error('the trial does not decrypt');
}
