import { createCipheriv } from 'node:crypto';
import { CKA, CKK, CKM, CKO } from './ck.js';
import { inWords } from './cryptoki.js';
import { isLoss } from './failure.js';
import type { TokenSession } from './session.js';
import { unwrapDataKey, wrapDataKey } from './wrapping.js';

/**
 * The mechanism that wraps as RFC 5649 says. CKM_AES_KEY_WRAP_KWP is that by definition; CKM_AES_KEY_WRAP_PAD is in some modules, and
 * something else in others. So each is tried with a key of ours that is no secret, against OpenSSL.
 */
export function findWrapping(session: TokenSession): { mechanism: number } | { refusal: string } {
  const answers: string[] = [];
  for (const mechanism of [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD]) {
    try {
      if (isRfc5649(session, mechanism)) return { mechanism };
      answers.push(`mechanism 0x${mechanism.toString(16)} is not that of RFC 5649`);
    } catch (error) {
      if (isLoss(error)) throw error;
      answers.push(`mechanism 0x${mechanism.toString(16)}: ${inWords(error)}`);
    }
  }
  return { refusal: answers.join('; ') };
}

function isRfc5649(session: TokenSession, mechanism: number): boolean {
  const value = Buffer.alloc(32, 0x5a);
  const key = session.module.C_CreateObject(session.handle, [
    { type: CKA.CLASS, value: CKO.SECRET_KEY },
    { type: CKA.KEY_TYPE, value: CKK.AES },
    { type: CKA.TOKEN, value: false },
    { type: CKA.PRIVATE, value: true },
    { type: CKA.WRAP, value: true },
    { type: CKA.UNWRAP, value: true },
    { type: CKA.VALUE, value },
  ]);
  try {
    const dataKey = Buffer.from('a data key of 24 bytes..', 'utf8');
    const cipher = createCipheriv('id-aes256-wrap-pad', value, Buffer.from('a65959a6', 'hex')); // RFC 5649 section 3
    const expected = Buffer.concat([cipher.update(dataKey), cipher.final()]);
    const wrapped = wrapDataKey(session, mechanism, key, dataKey);
    return wrapped.equals(expected) && unwrapDataKey(session, mechanism, key, wrapped).equals(dataKey);
  } finally {
    session.destroyObject(key);
  }
}
