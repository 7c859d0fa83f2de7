import { CKA, CKO } from './ck.js';
import type { Handle } from './cryptoki.js';
import { referenceOf } from './description.js';
import { isStaleHandle } from './failure.js';
import type { TokenSession } from './session.js';

/** References of all keys of ours on the token, ascending, candidates too. Reads every key object each time. @throws Lost */
export function list(session: TokenSession, after: string, maxCount: number): string[] {
  const references = new Set<string>();
  for (const objectClass of [CKO.SECRET_KEY, CKO.PRIVATE_KEY]) {
    const keys = session.find([
      { type: CKA.CLASS, value: objectClass },
      { type: CKA.TOKEN, value: true },
    ]);
    for (const key of keys) {
      const reference = referenceUnder(session, key);
      if (reference !== undefined && reference > after) references.add(reference);
    }
  }
  session.requireAlive();
  return [...references].sort().slice(0, maxCount);
}

function referenceUnder(session: TokenSession, key: Handle): string | undefined {
  try {
    const [id] = session.read(key, [CKA.ID]);
    return id === undefined ? undefined : referenceOf(id);
  } catch (error) {
    if (isStaleHandle(error)) return undefined; // destroyed meanwhile
    throw error;
  }
}
