import { sha256Hex } from './sha256.js';
import { Sha256Stream } from './sha256-stream.js';

describe('SHA-256 piece by piece', () => {
  it('gives what one piece gives, and goes on after it was asked', () => {
    const stream = new Sha256Stream();
    expect(stream.hex()).toBe(sha256Hex(''));
    stream.update('früh ');
    expect(stream.hex()).toBe(sha256Hex('früh '));
    stream.update(Buffer.from('und spät'));
    expect(stream.hex()).toBe(sha256Hex('früh und spät'));
  });
});
