import { sha256Hex } from './sha256.js';

describe('sha256Hex', () => {
  it('equals the FIPS 180-4 example, and hashes text as its UTF-8 bytes', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex('größe')).toBe(sha256Hex(Buffer.from('größe', 'utf8')));
  });
});
