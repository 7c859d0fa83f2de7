import { allowsMessageType, digestLength } from '@claviger/crypto';
import type { KeyAlgorithm, KeySpec, KeyUsage } from '@claviger/domain';
import type { HsmUses, Material } from '@claviger/ports';
import type { Offer } from './token/capabilities.js';
import { FORMS } from './token/spec-forms.js';

const USAGE_OF: Readonly<Record<keyof HsmUses, KeyUsage>> = {
  encrypt: 'ENCRYPT_DECRYPT',
  decrypt: 'ENCRYPT_DECRYPT',
  rsaDecrypt: 'ENCRYPT_DECRYPT',
  sign: 'SIGN_VERIFY',
  mac: 'GENERATE_VERIFY_MAC',
};

/** A use with its request, so that the one tells the shape of the other. */
export type UseRequest = {
  [U in keyof HsmUses]: { readonly use: U; readonly request: HsmUses[U]['request'] };
}[keyof HsmUses];

/** What keeps this use from being done at all with such material, in words; undefined when nothing does. */
export function problemOf(offers: readonly Offer[], material: Material, asked: UseRequest): string | undefined {
  const { spec, usage } = material;
  const algorithms = offers.find((offer) => offer.spec === spec && offer.usage === usage)?.algorithms;
  if (algorithms === undefined || usage !== USAGE_OF[asked.use]) return `${spec} for ${usage} cannot ${asked.use} here`;
  const has = (algorithm: KeyAlgorithm): string | undefined =>
    algorithms.includes(algorithm) ? undefined : `${spec} cannot do ${algorithm} here`;
  switch (asked.use) {
    case 'encrypt':
    case 'decrypt':
      return FORMS[spec].kind === 'aes' ? undefined : `${spec} is not symmetric`;
    case 'rsaDecrypt':
      return FORMS[spec].kind === 'rsa' ? has(asked.request.algorithm) : `${spec} is not RSA`;
    case 'mac':
      return has(asked.request.algorithm);
    case 'sign': {
      const { algorithm, messageType, message } = asked.request;
      if (!allowsMessageType(algorithm, messageType)) return `${algorithm} takes no message of type ${messageType}`;
      if (messageType === 'DIGEST' && message.length !== digestLength(algorithm)) {
        return `a digest of ${algorithm} has ${digestLength(algorithm)} bytes, got ${message.length}`;
      }
      return has(algorithm);
    }
  }
}

/** Bytes of an RSA ciphertext under a key of this spec. */
export function modulusLength(spec: KeySpec): number | undefined {
  const form = FORMS[spec];
  return form.kind === 'rsa' ? form.bits / 8 : undefined;
}
