import { SecretBytes } from '@claviger/crypto';
import type { UnsealTry } from '@claviger/application';
import { Tries } from './tries.js';

const tried = (refusal: UnsealTry['refusal'], token: SecretBytes | null = null): UnsealTry => ({
  requestId: '0',
  source: { address: '192.0.2.1', userAgent: null },
  at: 0,
  operation: 'Unseal',
  refusal,
  share: null,
  token,
  reason: null,
});

describe('what is remembered of those who tried', () => {
  it('keeps a bounded number of refusals, counts the rest, and lets them push out nothing that was taken', () => {
    const tries = new Tries();
    for (let n = 0; n < 300; n += 1) tries.add(tried('wrong-share'));
    tries.add(tried(null));
    expect([tries.all().length, tries.dropped]).toEqual([257, 44]);
    expect(tries.all().at(-1)?.refusal).toBeNull();
  });

  it('wipes the tokens of those it does not keep, and of all when nothing is recorded', () => {
    const tries = new Tries();
    const tokens = Array.from({ length: 257 }, () => SecretBytes.take(new Uint8Array(16)));
    for (const token of tokens) tries.add(tried('wrong-share', token));
    expect(() => tokens.at(-1)?.use(() => undefined)).toThrow(/wiped/);
    expect(tokens[0]?.use(() => 'alive')).toBe('alive');
    tries.wipe();
    expect(() => tokens[0]?.use(() => undefined)).toThrow(/wiped/);
  });
});
