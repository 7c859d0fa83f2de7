import { type RandomSource, SecretBytes, type TokenUnlock } from '@claviger/crypto';
import { type Hsm, type Material, ownReference } from '@claviger/ports';

const UNLOCK_KEY_LENGTH = 32;
const [IV_LENGTH, TAG_LENGTH] = [12, 16];

/**
 * A new AES key on the token (sensitive, not extractable), and an unlock key under it, which the caller then owns.
 * @throws HsmUnavailable, HsmOverloaded; RangeError for a token without AES-GCM
 */
export async function newUnlock(
  hsm: Hsm,
  token: string,
  random: RandomSource,
): Promise<{ readonly unlock: TokenUnlock; readonly key: SecretBytes }> {
  const reference = ownReference(random(8));
  const material = materialOf(reference);
  await hsm.generate(material);
  const key = SecretBytes.take(random(UNLOCK_KEY_LENGTH));
  const plaintext = key.unsafeExportBytes();
  try {
    const { iv, ciphertext, tag } = await hsm.use('encrypt', material, { plaintext, aad: aadOf(reference) });
    const wrapped = Buffer.concat([iv, ciphertext, tag]).toString('base64');
    return { unlock: { kind: 'pkcs11', token, reference, wrapped }, key };
  } catch (error) {
    key.wipe();
    throw error;
  } finally {
    plaintext.fill(0);
  }
}

/**
 * The unlock key, which the caller then owns; undefined when it does not open under the token's key.
 * @throws HsmUnavailable, HsmOverloaded; MaterialUnavailable when the key is not on this token
 */
export async function unlockKeyOf(hsm: Hsm, { reference, wrapped }: TokenUnlock): Promise<SecretBytes | undefined> {
  const bytes = Buffer.from(wrapped, 'base64');
  const request = {
    iv: bytes.subarray(0, IV_LENGTH),
    ciphertext: bytes.subarray(IV_LENGTH, -TAG_LENGTH),
    tag: bytes.subarray(-TAG_LENGTH),
    aad: aadOf(reference),
  };
  const key = await hsm.use('decrypt', materialOf(reference), request);
  return key === undefined ? undefined : SecretBytes.take(key);
}

const materialOf = (reference: string): Material => ({
  reference,
  keyId: 'claviger-seal',
  version: 1,
  spec: 'SYMMETRIC_DEFAULT',
  usage: 'ENCRYPT_DECRYPT',
});

const aadOf = (reference: string): Uint8Array => Buffer.from(`claviger seal unlock key v1 ${reference}`, 'utf8');
