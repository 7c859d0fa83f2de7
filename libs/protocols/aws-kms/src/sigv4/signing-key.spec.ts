import { SecretBytes } from '@claviger/crypto';
import { deriveSigningKey, Signers } from './signing-key.js';

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

describe('Signers', () => {
  const credential = (secret = 'secret') => ({
    caller: { id: 'p' },
    secret: SecretBytes.take(Buffer.from(secret)),
  });

  it('derives once per credential, date and Region', () => {
    const signers = new Signers<ReturnType<typeof credential>>('kms');
    const one = credential();
    const use = jest.spyOn(one.secret, 'use');
    const first = signers.of(one).signingKey('20261124', 'us-east-1');
    expect(signers.of(one).signingKey('20261124', 'us-east-1')).toBe(first);
    expect(use).toHaveBeenCalledTimes(1);
    signers.of(one).signingKey('20261125', 'us-east-1');
    signers.of(one).signingKey('20261124', 'eu-central-1');
    expect(use).toHaveBeenCalledTimes(3);
  });

  it('never uses a signing key of a credential that was loaded before', () => {
    const signers = new Signers<ReturnType<typeof credential>>('kms');
    const before = signers.of(credential('old')).signingKey('20261124', 'us-east-1');
    const after = signers.of(credential('new')).signingKey('20261124', 'us-east-1');
    expect(after.equals(before)).toBe(false);
  });

  it('keeps few keys, however many days it sees', () => {
    const signers = new Signers<ReturnType<typeof credential>>('kms');
    const one = credential();
    const first = signers.of(one).signingKey('20260001', 'us-east-1');
    for (let day = 0; day < 70; day += 1) {
      signers.of(one).signingKey(String(20261000 + day), 'us-east-1');
    }
    expect(signers.of(one).signingKey('20260001', 'us-east-1')).not.toBe(first);
  });
});
