import { broken, type Rule } from './rule.js';

const rule: Rule = { keyId: 'a', usable: true, firstVersion: 3, alias: 'b' };

describe('the judgement of a use after a revocation', () => {
  it.each([
    ['an encryption under the present version', rule, false, { keyId: 'a', version: 3 }],
    ['a decryption', rule, false, { keyId: 'a', version: null }],
    ['a use through the alias', rule, true, { keyId: 'b', version: 1 }],
    ['a use through an alias that changes', { ...rule, alias: 'either' as const }, true, { keyId: 'a', version: 3 }],
  ])('lets pass %s', (_, under, byAlias, used) => {
    expect(broken(under, byAlias, used)).toBeUndefined();
  });

  it.each([
    ['an earlier version', rule, false, { keyId: 'a', version: 2 }],
    ['a disabled key', { ...rule, usable: false }, false, { keyId: 'a', version: null }],
    ['a disabled key behind an alias', { ...rule, usable: false, alias: 'a' }, true, { keyId: 'a', version: 3 }],
    ['the key that the alias led to before', rule, true, { keyId: 'a', version: 3 }],
    ['an alias that was deleted', { ...rule, alias: null }, true, { keyId: 'b', version: 1 }],
  ])('finds a use of %s', (_, under, byAlias, used) => {
    expect(broken(under, byAlias, used)).toEqual(expect.any(String));
  });
});
