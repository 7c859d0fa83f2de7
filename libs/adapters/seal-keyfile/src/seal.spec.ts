import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { openXChaCha, SecretBytes, sealXChaCha } from '@claviger/crypto';
import { sealConformance } from '@claviger/ports/testing';
import { KeyFileSeal } from './seal.js';

sealConformance('key file', async () => {
  const root = randomBytes(32);
  return {
    seal: new KeyFileSeal(root, randomBytes),
    again: async () => new KeyFileSeal(root, randomBytes),
    stranger: async () => new KeyFileSeal(randomBytes(32), randomBytes),
    dispose: async () => {},
  };
});

describe('KeyFileSeal', () => {
  const root = Uint8Array.from({ length: 32 }, (_, i) => i);
  const subKey = new Uint8Array(hkdfSync('sha256', root, '', 'claviger seal keyfile wrap v1', 32));
  const aad = Buffer.concat([Uint8Array.of(1), Buffer.from('a context')]);

  it('wraps under the key derived from the root key, in the documented form', async () => {
    const wrapped = await new KeyFileSeal(root, randomBytes).wrap(SecretBytes.copyOf(Buffer.alloc(32, 7)), 'a context');
    expect(wrapped).toHaveLength(1 + 24 + 32 + 16);
    expect(wrapped[0]).toBe(1);
    expect(Buffer.from(openXChaCha(subKey, wrapped.subarray(1), aad) ?? []).equals(Buffer.alloc(32, 7))).toBe(true);
    expect(openXChaCha(root, wrapped.subarray(1), aad)).toBeUndefined();
  });

  it('takes no other format byte, even if it was authenticated', async () => {
    const forged = sealXChaCha(
      subKey,
      Buffer.alloc(32, 7),
      Buffer.concat([Uint8Array.of(2), Buffer.from('a context')]),
      randomBytes,
    );
    expect(await new KeyFileSeal(root, randomBytes).unwrap(Uint8Array.of(2, ...forged), 'a context')).toBeUndefined();
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
