import type { KeyObject } from 'node:crypto';
import {
  AEAD_SIZES,
  type AeadAlgorithm,
  aeadDecrypt,
  aeadEncrypt,
  allowsMessageType,
  digestLength,
  generateMac,
  type IvSource,
  type RandomSource,
  rsaOaepDecrypt,
  signingRoad,
  signMessage,
} from '@claviger/crypto';
import { type KeySpec, type KeyUsage, SPEC_FACTS } from '@claviger/domain';
import type { HsmUses, Material } from '@claviger/ports';
import type { DigestSigner } from './digest-signer.js';
import type { SlowLane } from './slow-lane.js';

type Request<U extends keyof HsmUses> = HsmUses[U]['request'];
type Result<U extends keyof HsmUses> = HsmUses[U]['result'];

/** One use of material. */
export interface Use<U extends keyof HsmUses> {
  readonly usage: KeyUsage;
  /** What is wrong with such a request for this spec, in words; undefined when nothing is. Looks at no key. */
  readonly problem: (spec: KeySpec, request: Request<U>) => string | undefined;
  /** Synchronous where the work is short: the hot calls then cost no turn of the event loop. */
  readonly run: (key: KeyObject, material: Material, request: Request<U>) => Result<U> | Promise<Result<U>>;
}

export type Uses = { readonly [U in keyof HsmUses]: Use<U> };

export interface UseParts {
  readonly ivs: IvSource;
  readonly random: RandomSource;
  readonly slow: SlowLane;
  readonly digests: DigestSigner;
}

export function makeUses(parts: UseParts): Uses {
  return {
    encrypt: encryptUse(parts),
    decrypt: decryptUse(),
    rsaDecrypt: rsaDecryptUse(parts),
    sign: signUse(parts),
    mac: macUse(),
  };
}

/** What keeps `use` from being done at all with such material, or undefined. */
export function problemOf<U extends keyof HsmUses>(
  uses: Uses,
  use: U,
  material: Material,
  request: Request<U>,
): string | undefined {
  const { spec, usage } = material;
  if (usage !== uses[use].usage || !SPEC_FACTS[spec].usages.includes(usage))
    return `${spec} for ${usage} cannot ${use}`;
  return uses[use].problem(spec, request);
}

function encryptUse({ ivs }: UseParts): Use<'encrypt'> {
  return {
    usage: 'ENCRYPT_DECRYPT',
    problem: symmetricOnly,
    run: (key, { spec }, { plaintext, aad }) => {
      const algorithm = aeadOf(spec);
      const iv = ivs.next(AEAD_SIZES[algorithm].iv);
      const { ciphertext, tag } = aeadEncrypt(algorithm, key, iv, plaintext, aad);
      return { iv, ciphertext, tag };
    },
  };
}

function decryptUse(): Use<'decrypt'> {
  return {
    usage: 'ENCRYPT_DECRYPT',
    problem: symmetricOnly,
    run: (key, { spec }, { iv, ciphertext, tag, aad }) => aeadDecrypt(aeadOf(spec), key, iv, ciphertext, tag, aad),
  };
}

function rsaDecryptUse({ slow }: UseParts): Use<'rsaDecrypt'> {
  return {
    usage: 'ENCRYPT_DECRYPT',
    problem: (spec, { algorithm }) => {
      const fits = algorithm !== 'SYMMETRIC_DEFAULT' && SPEC_FACTS[spec].encryption.includes(algorithm);
      return fits ? undefined : `${spec} cannot decrypt ${algorithm}`;
    },
    run: (key, _, { algorithm, ciphertext }) => {
      if (algorithm === 'SYMMETRIC_DEFAULT') return undefined; // `problem` has refused it already
      return slow.run(() => rsaOaepDecrypt(key, algorithm, ciphertext));
    },
  };
}

function signUse({ slow, digests, random }: UseParts): Use<'sign'> {
  return {
    usage: 'SIGN_VERIFY',
    problem: (spec, { algorithm, messageType, message }) => {
      if (!SPEC_FACTS[spec].signing.includes(algorithm)) return `${spec} cannot sign ${algorithm}`;
      if (!allowsMessageType(algorithm, messageType)) return `${algorithm} takes no message of type ${messageType}`;
      if (messageType === 'RAW' || message.length === digestLength(algorithm)) return undefined;
      return `a digest of ${algorithm} has ${digestLength(algorithm)} bytes, got ${message.length}`;
    },
    run: (key, _, { algorithm, messageType, message }) => {
      switch (signingRoad('sign', key, messageType)) {
        case 'inline':
          return signMessage(key, algorithm, messageType, message, random);
        case 'pool':
          return slow.run(() => signMessage(key, algorithm, messageType, message, random));
        case 'blocking':
          return digests.sign(key, algorithm, message);
      }
    },
  };
}

function macUse(): Use<'mac'> {
  return {
    usage: 'GENERATE_VERIFY_MAC',
    problem: (spec, { algorithm }) =>
      SPEC_FACTS[spec].mac.includes(algorithm) ? undefined : `${spec} cannot make ${algorithm}`,
    run: (key, _, { algorithm, message }) => generateMac(key, algorithm, message),
  };
}

const AEAD: Partial<Record<KeySpec, AeadAlgorithm>> = {
  SYMMETRIC_DEFAULT: 'AES_256_GCM',
  AES_128: 'AES_128_GCM',
  XCHACHA20_POLY1305: 'XCHACHA20_POLY1305',
};

function symmetricOnly(spec: KeySpec): string | undefined {
  return AEAD[spec] === undefined ? `${spec} is not symmetric` : undefined;
}

function aeadOf(spec: KeySpec): AeadAlgorithm {
  const algorithm = AEAD[spec];
  if (algorithm === undefined) throw new RangeError(`${spec} is not symmetric`);
  return algorithm;
}
