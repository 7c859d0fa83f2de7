import type { KeySpec, KeyUsage } from '@claviger/domain';
import { CKA, CKK, CKM, CKO } from './ck.js';
import type { Attribute, Handle, Mechanism } from './cryptoki.js';
import type { TokenSession } from './session.js';
import { ED25519_PARAMETERS, type EcForm, FORMS } from './spec-forms.js';

/** `publicKey` is undefined for secret keys. */
export interface MadeObjects {
  readonly key: Handle;
  readonly publicKey: Handle | undefined;
}

export interface NewKey {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  /** Kept on the token under this CKA_ID and CKA_LABEL; undefined for a key that lives as long as the session. */
  readonly kept: { readonly id: Buffer; readonly label: string } | undefined;
  /** May the key wrap data keys? */
  readonly wrapping: boolean;
}

/** Makes a key that never leaves the token in the clear, nor wrapped. @throws RangeError for a spec that no token has */
export function makeKey({ module, handle }: TokenSession, key: NewKey): MadeObjects {
  const form = FORMS[key.spec];
  switch (form.kind) {
    case 'aes': {
      const template = [...secret(key, CKK.AES, form.length), ...uses(key, true)];
      return single(module.C_GenerateKey(handle, { mechanism: CKM.AES_KEY_GEN }, template));
    }
    case 'hmac': {
      const template = [...secret(key, CKK.GENERIC_SECRET, form.length), ...uses(key, true)];
      return single(module.C_GenerateKey(handle, { mechanism: CKM.GENERIC_SECRET_KEY_GEN }, template));
    }
    case 'rsa':
      return pair({ module, handle }, key, { mechanism: CKM.RSA_PKCS_KEY_PAIR_GEN }, CKK.RSA, [
        { type: CKA.MODULUS_BITS, value: form.bits },
        { type: CKA.PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) }, // FIPS 186-5 section 5.1
      ]);
    case 'ec':
      return pair({ module, handle }, key, { mechanism: CKM.EC_KEY_PAIR_GEN }, CKK.EC, [ecParameters(form)]);
    case 'ed25519':
      return pair({ module, handle }, key, { mechanism: CKM.EC_EDWARDS_KEY_PAIR_GEN }, CKK.EC_EDWARDS, [
        { type: CKA.EC_PARAMS, value: Buffer.from(ED25519_PARAMETERS, 'hex') },
      ]);
    case 'unknown':
      throw new RangeError(`${key.spec} has no mechanism in PKCS #11`);
  }
}

function single(key: Handle): MadeObjects {
  return { key, publicKey: undefined };
}

function pair(
  { module, handle }: Pick<TokenSession, 'module' | 'handle'>,
  key: NewKey,
  mechanism: Mechanism,
  keyType: number,
  parameters: readonly Attribute[],
): MadeObjects {
  const publicTemplate = [
    { type: CKA.CLASS, value: CKO.PUBLIC_KEY },
    { type: CKA.KEY_TYPE, value: keyType },
    { type: CKA.PRIVATE, value: false },
    { type: CKA.ENCRYPT, value: key.usage === 'ENCRYPT_DECRYPT' },
    { type: CKA.VERIFY, value: key.usage === 'SIGN_VERIFY' },
    ...place(key),
    ...parameters,
  ];
  const privateTemplate = [
    { type: CKA.CLASS, value: CKO.PRIVATE_KEY },
    { type: CKA.KEY_TYPE, value: keyType },
    ...guarded(key),
    ...uses(key, false),
  ];
  const made = module.C_GenerateKeyPair(handle, mechanism, publicTemplate, privateTemplate);
  return { key: made.privateKey, publicKey: made.publicKey };
}

function secret(key: NewKey, keyType: number, length: number): Attribute[] {
  return [
    { type: CKA.CLASS, value: CKO.SECRET_KEY },
    { type: CKA.KEY_TYPE, value: keyType },
    { type: CKA.VALUE_LEN, value: length },
    ...guarded(key),
  ];
}

function guarded(key: NewKey): Attribute[] {
  return [
    { type: CKA.PRIVATE, value: true },
    { type: CKA.SENSITIVE, value: true },
    { type: CKA.EXTRACTABLE, value: false },
    ...place(key),
  ];
}

function place({ kept }: NewKey): Attribute[] {
  if (kept === undefined) return [{ type: CKA.TOKEN, value: false }];
  return [
    { type: CKA.TOKEN, value: true },
    { type: CKA.ID, value: kept.id },
    { type: CKA.LABEL, value: kept.label },
  ];
}

/** The token itself refuses every other use. What is not named here would be the module's own choice. */
function uses({ usage, wrapping }: NewKey, symmetric: boolean): Attribute[] {
  const wraps = symmetric && wrapping && usage === 'ENCRYPT_DECRYPT';
  return [
    { type: CKA.DECRYPT, value: usage === 'ENCRYPT_DECRYPT' },
    { type: CKA.SIGN, value: usage !== 'ENCRYPT_DECRYPT' },
    { type: CKA.UNWRAP, value: wraps },
    { type: CKA.DERIVE, value: false },
    // A private key has neither of these.
    ...(symmetric
      ? [
          { type: CKA.ENCRYPT, value: usage === 'ENCRYPT_DECRYPT' },
          { type: CKA.VERIFY, value: false },
          { type: CKA.WRAP, value: wraps },
        ]
      : []),
  ];
}

function ecParameters({ parameters }: EcForm): Attribute {
  return { type: CKA.EC_PARAMS, value: Buffer.from(parameters, 'hex') };
}
