import { createSecretKey } from 'node:crypto';
import { deriveSigningKey, SigningKeyCache } from './signing-key.js';

describe('deriveSigningKey', () => {
  it('gives the key of the AWS documentation’s example', () => {
    // AWS General Reference, "Deriving the signing key": secret, 20120215, us-east-1, iam.
    const key = deriveSigningKey(
      Buffer.from('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'),
      '20120215',
      'us-east-1',
      'iam',
    );
    expect(key.export().toString('hex')).toBe('f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d');
  });

  it('leaves the secret as it was', () => {
    const secret = Buffer.from('secret');
    deriveSigningKey(secret, '20261124', 'us-east-1', 'kms');
    expect(secret.toString()).toBe('secret');
  });
});

describe('SigningKeyCache', () => {
  const key = (byte: number) => createSecretKey(Buffer.alloc(32, byte));

  it('derives once per access key, date and Region', () => {
    const cache = new SigningKeyCache();
    const derive = jest.fn(() => key(1));
    const first = cache.get('A', '20261124', 'us-east-1', derive);
    expect(cache.get('A', '20261124', 'us-east-1', derive)).toBe(first);
    expect(derive).toHaveBeenCalledTimes(1);
    cache.get('A', '20261125', 'us-east-1', derive);
    cache.get('A', '20261124', 'eu-central-1', derive);
    cache.get('B', '20261124', 'us-east-1', derive);
    expect(derive).toHaveBeenCalledTimes(4);
  });

  it('stays within its bound and keeps what is in use', () => {
    const cache = new SigningKeyCache(8);
    const busy = jest.fn(() => key(1));
    for (let at = 0; at < 100; at += 1) {
      cache.get('busy', '20261124', 'us-east-1', busy);
      cache.get(`other${at}`, '20261124', 'us-east-1', () => key(2));
      expect(cache.size).toBeLessThanOrEqual(8);
    }
    expect(busy).toHaveBeenCalledTimes(1);
  });

  it('forgets an access key entirely, and no other that begins alike', () => {
    const cache = new SigningKeyCache();
    const derive = jest.fn(() => key(1));
    cache.get('A', '20261124', 'us-east-1', derive);
    cache.get('AB', '20261124', 'us-east-1', derive);
    cache.forget('A');
    cache.get('AB', '20261124', 'us-east-1', derive);
    expect(derive).toHaveBeenCalledTimes(2);
    cache.get('A', '20261124', 'us-east-1', derive);
    expect(derive).toHaveBeenCalledTimes(3);
  });
});
