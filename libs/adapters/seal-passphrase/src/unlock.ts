import {
  ARGON2ID_LEAST,
  ARGON2ID_SALT_LENGTH,
  argon2id,
  type Argon2idCost,
  type PassphraseUnlock,
  type RandomSource,
  type SecretBytes,
} from '@claviger/crypto';

/** From a passphrase to a key: Argon2id; only tests name another, since it is slow on purpose. */
export type Stretch = typeof argon2id;

/** In UTF-8. What is shorter is found by trying, whatever the cost of one trial. */
const LEAST_BYTES = 12;
const MOST_BYTES = 1024;

/** A new way to unlock, under a fresh salt, and the key that it leads to, which the caller then owns. @throws RangeError */
export async function newUnlock(
  passphrase: SecretBytes,
  cost: Argon2idCost = ARGON2ID_LEAST,
  random: RandomSource,
  stretch: Stretch = argon2id,
): Promise<{ readonly unlock: PassphraseUnlock; readonly key: SecretBytes }> {
  if (passphrase.length < LEAST_BYTES || passphrase.length > MOST_BYTES) {
    throw new RangeError(`a passphrase has ${LEAST_BYTES} to ${MOST_BYTES} bytes, got ${passphrase.length}`);
  }
  const salt = random(ARGON2ID_SALT_LENGTH);
  const key = await stretch(passphrase, salt, cost);
  const { memory, passes, parallelism } = cost;
  const encoded = Buffer.from(salt).toString('base64');
  return { unlock: { kind: 'passphrase', kdf: 'argon2id', memory, passes, parallelism, salt: encoded }, key };
}

/** The key that a passphrase leads to, right or wrong, for the same work. The caller owns it. */
export function unlockKeyOf(
  passphrase: SecretBytes,
  unlock: PassphraseUnlock,
  stretch: Stretch = argon2id,
): Promise<SecretBytes> {
  const { memory, passes, parallelism } = unlock;
  return stretch(passphrase, Buffer.from(unlock.salt, 'base64'), { memory, passes, parallelism });
}
