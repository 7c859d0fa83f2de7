import { CKR } from './ck.js';
import { codeOf, inWords } from './cryptoki.js';

/** The material is not there, or it is not what was named. */
export class Absent extends Error {}

/** As {@link Absent}, but somebody else may have made it a moment ago: counts only once the token was looked at anew. */
export class NotSeen extends Absent {}

/** Session, login or token are gone; the connection has to be made anew. */
export class Lost extends Error {}

/** The token does not take the PIN (`tried`), or trying it would be dangerous. */
export class PinRefused extends Error {
  constructor(
    message: string,
    readonly tried: boolean,
  ) {
    super(message);
  }
}

/** Something that has to be put right in the settings or on the machine. */
export class Unusable extends Error {}

/** These say that session, login or device are gone. A stuck operation (OPERATION_ACTIVE) needs a new session as well. */
const LOSS: ReadonlySet<number> = new Set([
  CKR.DEVICE_ERROR,
  CKR.DEVICE_REMOVED,
  CKR.OPERATION_ACTIVE,
  CKR.OPERATION_NOT_INITIALIZED,
  CKR.SESSION_CLOSED,
  CKR.SESSION_HANDLE_INVALID,
  CKR.TOKEN_NOT_PRESENT,
  CKR.TOKEN_NOT_RECOGNIZED,
  CKR.USER_NOT_LOGGED_IN,
  CKR.CRYPTOKI_NOT_INITIALIZED,
]);

export function isLoss(error: unknown): boolean {
  return error instanceof Lost || LOSS.has(codeOf(error) ?? -1);
}

/** A handle that no longer means an object: destroyed elsewhere, or the token was away. */
export function isStaleHandle(error: unknown): boolean {
  const code = codeOf(error);
  return code === CKR.OBJECT_HANDLE_INVALID || code === CKR.KEY_HANDLE_INVALID;
}

const NOT_A_CIPHERTEXT: ReadonlySet<number> = new Set([
  CKR.ENCRYPTED_DATA_INVALID,
  CKR.ENCRYPTED_DATA_LEN_RANGE,
  CKR.AEAD_DECRYPT_FAILED,
  CKR.WRAPPED_KEY_INVALID,
  CKR.WRAPPED_KEY_LEN_RANGE,
]);
/** What modules also answer for a bad tag or padding (SoftHSM 2.6: GENERAL_ERROR), but for other troubles too. */
const PERHAPS_NOT_A_CIPHERTEXT: ReadonlySet<number> = new Set([
  CKR.GENERAL_ERROR,
  CKR.FUNCTION_FAILED,
  CKR.ARGUMENTS_BAD,
  CKR.DATA_INVALID,
  CKR.DATA_LEN_RANGE,
]);

/** Does this error say that what was to be decrypted is no ciphertext under the key? */
export function saysBadCiphertext(error: unknown): 'yes' | 'perhaps' | 'no' {
  const code = codeOf(error) ?? -1;
  if (NOT_A_CIPHERTEXT.has(code)) return 'yes';
  return PERHAPS_NOT_A_CIPHERTEXT.has(code) ? 'perhaps' : 'no';
}

/** As {@link Lost}, with the words of what happened. */
export function lostBy(error: unknown): Lost {
  return error instanceof Lost ? error : new Lost(inWords(error), { cause: error });
}
