import { CKA, CKK, CKO } from './ck.js';
import type { Attribute, Handle } from './cryptoki.js';
import type { TokenSession } from './session.js';

/** A data key as the token holds it for the length of one call: never kept, and readable, since the caller has it or gets it. */
const PASSING: readonly Attribute[] = [
  { type: CKA.CLASS, value: CKO.SECRET_KEY },
  { type: CKA.KEY_TYPE, value: CKK.GENERIC_SECRET },
  { type: CKA.TOKEN, value: false },
  { type: CKA.PRIVATE, value: true },
  { type: CKA.SENSITIVE, value: false },
  { type: CKA.EXTRACTABLE, value: true },
];

/** AES-KWP (RFC 5649) of `dataKey` under `key`, made inside the token by `mechanism`. */
export function wrapDataKey(session: TokenSession, mechanism: number, key: Handle, dataKey: Uint8Array): Buffer {
  const { module, handle } = session;
  const value = Buffer.from(dataKey.buffer, dataKey.byteOffset, dataKey.length);
  const passing = module.C_CreateObject(handle, [...PASSING, { type: CKA.VALUE, value }]);
  try {
    return module.C_WrapKey(handle, { mechanism }, key, passing, Buffer.alloc(dataKey.length + 16));
  } finally {
    session.destroyObject(passing);
  }
}

/** Throws what the module says of a value that was not wrapped under `key`. The caller wipes the result. */
export function unwrapDataKey(session: TokenSession, mechanism: number, key: Handle, wrapped: Uint8Array): Buffer {
  const { module, handle } = session;
  const passing = module.C_UnwrapKey(handle, { mechanism }, key, Buffer.from(wrapped), [...PASSING]);
  try {
    const [value] = session.read(passing, [CKA.VALUE]);
    if (value === undefined || value.length === 0) throw new Error('the token does not show what it unwrapped');
    return value;
  } finally {
    session.destroyObject(passing);
  }
}
