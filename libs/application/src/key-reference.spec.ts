import fc from 'fast-check';
import { parseKeyReference } from './key-reference.js';

const ID = '0b6f1f8e-3a52-4c0f-9d2e-6d1a5c7b8e90';

describe('a key reference', () => {
  it('is a key id, a key ARN, an alias or an alias ARN', () => {
    expect(parseKeyReference(ID)).toEqual({ kind: 'id', keyId: ID });
    expect(parseKeyReference(`arn:aws:kms:us-east-1:000000000000:key/${ID}`)).toEqual({
      kind: 'arn',
      region: 'us-east-1',
      account: '000000000000',
      keyId: ID,
    });
    expect(parseKeyReference('alias/a/b_c-d')).toEqual({ kind: 'alias', name: 'a/b_c-d' });
    expect(parseKeyReference('arn:aws:kms:us-east-1:000000000000:alias/x')).toEqual({
      kind: 'alias-arn',
      region: 'us-east-1',
      account: '000000000000',
      name: 'x',
    });
  });

  it.each([
    '',
    'alias/',
    'x',
    ID.toUpperCase(),
    `${ID} `,
    'arn:aws:kms:us-east-1:0:key/x',
    `arn:aws:s3:us-east-1:000000000000:key/${ID}`,
  ])('is not %p', (text) => {
    expect(parseKeyReference(text)).toBeUndefined();
  });

  it('is parsed from any text without an exception', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => void parseKeyReference(text)));
  });
});
