import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { rootWrappingKey, unwrapUnderRoot, wrapUnderRoot } from './root-wrapping.js';
import { SecretBytes } from './secret-bytes.js';
import { openXChaCha, sealXChaCha } from './xchacha.js';

describe('wrapping under a root key', () => {
  const root = Uint8Array.from({ length: 32 }, (_, i) => i);
  const subKey = new Uint8Array(hkdfSync('sha256', root, '', 'claviger seal keyfile wrap v1', 32));
  const aad = Buffer.concat([Uint8Array.of(1), Buffer.from('a context')]);

  it('wraps under the key derived from the root key, in the documented form', () => {
    const wrapped = wrapUnderRoot(
      rootWrappingKey(root),
      SecretBytes.copyOf(Buffer.alloc(32, 7)),
      'a context',
      randomBytes,
    );
    expect(wrapped).toHaveLength(1 + 24 + 32 + 16);
    expect(wrapped[0]).toBe(1);
    expect(Buffer.from(openXChaCha(subKey, wrapped.subarray(1), aad) ?? []).equals(Buffer.alloc(32, 7))).toBe(true);
    expect(openXChaCha(root, wrapped.subarray(1), aad)).toBeUndefined();
  });

  it('takes no other format byte, even if it was authenticated', () => {
    const forged = sealXChaCha(
      subKey,
      Buffer.alloc(32, 7),
      Buffer.concat([Uint8Array.of(2), Buffer.from('a context')]),
      randomBytes,
    );
    expect(unwrapUnderRoot(rootWrappingKey(root), Uint8Array.of(2, ...forged), 'a context')).toBeUndefined();
  });

  it('derives what RFC 5869 says', () => {
    // An independent derivation: extract with a key of zeros, one expansion step.
    const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();
    const extracted = hmac(Buffer.alloc(32), root);
    expect(hmac(extracted, Buffer.concat([Buffer.from('claviger seal keyfile wrap v1'), Uint8Array.of(1)]))).toEqual(
      Buffer.from(subKey),
    );
  });
});
