import { argon2 } from 'node:crypto';
import { SecretBytes } from './secret-bytes.js';

/** Cost of Argon2id, version 1.3 (RFC 9106). */
export interface Argon2idCost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** RFC 9106 section 4, the second recommended option: the least that is taken. */
export const ARGON2ID_LEAST: Argon2idCost = { memory: 64 * 1024, passes: 3, parallelism: 4 };

/** 4 GiB and a few minutes: a changed file cannot ask for more than a machine has. */
const MOST: Argon2idCost = { memory: 4 * 1024 * 1024, passes: 64, parallelism: 64 };

export const ARGON2ID_SALT_LENGTH = 16;

export function isArgon2idCost(cost: Argon2idCost): boolean {
  return (['memory', 'passes', 'parallelism'] as const).every(
    (name) => Number.isSafeInteger(cost[name]) && cost[name] >= ARGON2ID_LEAST[name] && cost[name] <= MOST[name],
  );
}

/**
 * 32 bytes from a passphrase, in libuv's pool. The caller owns them.
 * @param passphrase lent until the promise settles
 * @throws RangeError for a cost below RFC 9106's second recommendation or beyond reason, or another salt than of 16 bytes
 */
export function argon2id(passphrase: SecretBytes, salt: Uint8Array, cost: Argon2idCost): Promise<SecretBytes> {
  if (!isArgon2idCost(cost)) {
    const { memory, passes, parallelism } = ARGON2ID_LEAST;
    throw new RangeError(
      `Argon2id: expected at least ${memory} KiB, ${passes} passes, ${parallelism} lanes, got ${cost.memory}, ${cost.passes}, ${cost.parallelism}`,
    );
  }
  if (salt.length !== ARGON2ID_SALT_LENGTH)
    throw new RangeError(`Argon2id: expected a salt of 16 bytes, got ${salt.length}`);
  return passphrase.use(
    (message) =>
      new Promise((resolve, reject) => {
        argon2('argon2id', { message, nonce: salt, tagLength: 32, ...cost }, (error, derived) => {
          if (error === null)
            resolve(SecretBytes.take(new Uint8Array(derived.buffer, derived.byteOffset, derived.length)));
          else reject(error);
        });
      }),
  );
}
