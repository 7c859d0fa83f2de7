import { loadModule } from '../../../libs/adapters/hsm-pkcs11/src/token/load-module.js';
import { CKA } from '../../../libs/adapters/hsm-pkcs11/src/token/ck.js';
import type { Attribute, Cryptoki, Handle } from '../../../libs/adapters/hsm-pkcs11/src/token/cryptoki.js';
import { idOf } from '../../../libs/adapters/hsm-pkcs11/src/token/description.js';
import { TokenSession } from '../../../libs/adapters/hsm-pkcs11/src/token/session.js';
import { PIN, type PrivateToken } from './token.js';

/** A client of the token beside the adapter, in the same process and login: what somebody with the PIN could do. */
export function withOtherClient<T>(token: PrivateToken, work: (session: TokenSession, module: Cryptoki) => T): T {
  const module = loadModule(token.modulePath);
  const session = new TokenSession(module);
  session.connect({ label: token.label, serial: undefined }, Buffer.from(PIN));
  try {
    return work(session, module);
  } finally {
    session.disconnect();
  }
}

/** The objects under this reference, a key pair's both. */
export function objectsOf(session: TokenSession, reference: string): Handle[] {
  return session.find([{ type: CKA.ID, value: idOf(reference) } satisfies Attribute]);
}

/** Changes one character of the digest in the label of every object under this reference. */
export function changeLabel(token: PrivateToken, reference: string): void {
  withOtherClient(token, (session) => {
    for (const object of objectsOf(session, reference)) {
      const [label = Buffer.alloc(0)] = session.read(object, [CKA.LABEL]);
      label[label.length - 3] = label[label.length - 3] === 0x41 ? 0x42 : 0x41;
      session.setLabel(object, label.toString('utf8'));
    }
  });
}
