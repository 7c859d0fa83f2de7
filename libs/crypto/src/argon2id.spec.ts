import { argon2Sync } from 'node:crypto';
import { ARGON2ID_LEAST, argon2id } from './argon2id.js';
import { SecretBytes } from './secret-bytes.js';

jest.setTimeout(60_000); // it is meant to be slow

const passphrase = (): SecretBytes => SecretBytes.copyOf(Buffer.from('correct horse battery staple'));
const salt = Buffer.alloc(16, 7);

describe('argon2id', () => {
  it('gives 32 bytes that depend on passphrase, salt and cost', async () => {
    const same = await argon2id(passphrase(), salt, ARGON2ID_LEAST);
    expect(same).toHaveLength(32);
    expect(same.equals(await argon2id(passphrase(), salt, ARGON2ID_LEAST))).toBe(true);
    const others = [
      await argon2id(SecretBytes.copyOf(Buffer.from('correct horse battery stapler')), salt, ARGON2ID_LEAST),
      await argon2id(passphrase(), Buffer.alloc(16, 8), ARGON2ID_LEAST),
      await argon2id(passphrase(), salt, { ...ARGON2ID_LEAST, passes: 4 }),
    ];
    for (const other of others) expect(same.equals(other)).toBe(false);
  });

  it('rests on what RFC 9106 section 5.3 says, with the parameters in their places', async () => {
    const vector = argon2Sync('argon2id', {
      message: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      associatedData: Buffer.alloc(12, 4),
      parallelism: 4,
      tagLength: 32,
      memory: 32,
      passes: 3,
    });
    expect(vector.toString('hex')).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
    const own = await argon2id(passphrase(), salt, { memory: 70_000, passes: 5, parallelism: 6 });
    const message = Buffer.from('correct horse battery staple');
    const cost = { memory: 70_000, passes: 5, parallelism: 6 };
    expect(own.equals(argon2Sync('argon2id', { message, nonce: salt, tagLength: 32, ...cost }))).toBe(true);
  });

  it.each([{ memory: 65535 }, { passes: 2 }, { parallelism: 3 }, { passes: 3.5 }, { memory: 2 ** 40 }])(
    'refuses a cost with %j',
    (change) => {
      expect(() => argon2id(passphrase(), salt, { ...ARGON2ID_LEAST, ...change })).toThrow(RangeError);
    },
  );

  it('refuses another salt than of 16 bytes', () => {
    expect(() => argon2id(passphrase(), Buffer.alloc(15), ARGON2ID_LEAST)).toThrow(RangeError);
  });
});
