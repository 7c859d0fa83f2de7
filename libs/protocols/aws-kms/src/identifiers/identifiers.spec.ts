import { KmsError } from '@claviger/domain';
import fc from 'fast-check';
import { readAliasName } from './alias-name.js';
import { readKeyOnly, readKeyOrAlias } from './key-id.js';

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const REGION = 'us-east-1';
const arn = (resource: string, region = REGION): string => `arn:aws:kms:${region}:000000000000:${resource}`;

const refusal = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof KmsError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return 'ok';
};

describe('readKeyOrAlias', () => {
  it('reads the four forms and ids of multi-Region keys', () => {
    const at = { account: '000000000000', region: REGION };
    expect(readKeyOrAlias(ID, REGION)).toEqual({ kind: 'id', keyId: ID });
    expect(readKeyOrAlias(arn(`key/${ID}`), REGION)).toEqual({ kind: 'arn', ...at, keyId: ID });
    expect(readKeyOrAlias('alias/a/b', REGION)).toEqual({ kind: 'alias', name: 'a/b' });
    expect(readKeyOrAlias(arn('alias/a'), REGION)).toEqual({ kind: 'alias-arn', ...at, name: 'a' });
    const multiRegion = `mrk-${'0'.repeat(32)}`;
    expect(readKeyOrAlias(multiRegion, REGION)).toEqual({ kind: 'id', keyId: multiRegion });
  });

  it.each([
    ['x', "NotFound: Invalid keyId 'x'"],
    [`${ID}0`, `NotFound: Invalid keyId '${ID}0'`],
    ['alias/', "NotFound: Invalid keyId 'alias/'"],
    [arn('key/x'), "NotFound: Invalid keyId 'x'"],
    [arn(`key/${ID}`, 'us-west-2'), 'NotFound: Invalid arn us-west-2'],
    [`arn:aws-cn:kms:us-east-1:000000000000:key/${ID}`, 'NotFound: Invalid arn us-east-1'],
    ['arn:aws:s3:::bucket', 'InvalidArn: Invalid arn arn:aws:s3:::bucket'],
    [arn('key/'), `InvalidArn: Invalid arn ${arn('key/')}`],
    [arn('grant/x'), `InvalidArn: Invalid arn ${arn('grant/x')}`],
  ])('refuses %s with the service’s message', (text, says) => {
    expect(refusal(() => readKeyOrAlias(text, REGION))).toBe(says);
  });

  it('answers any text with a name or a KmsError', () => {
    const part = fc.oneof(
      fc.constantFrom('arn:', 'aws', ':', 'kms', 'key/', 'alias/', REGION, '000000000000', ID),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 10 }),
        (parts) => refusal(() => readKeyOrAlias(parts.join(''), REGION)).length > 0,
      ),
    );
  });
});

describe('readKeyOnly', () => {
  it('takes ids and key ARNs, and no alias in either form', () => {
    expect(readKeyOnly(ID, REGION).kind).toBe('id');
    expect(readKeyOnly(arn(`key/${ID}`), REGION).kind).toBe('arn');
    expect(refusal(() => readKeyOnly('alias/a', REGION))).toBe("NotFound: Invalid keyId 'alias/a'");
    expect(refusal(() => readKeyOnly(arn('alias/a'), REGION))).toBe(`InvalidArn: Invalid arn ${arn('alias/a')}`);
  });
});

describe('readAliasName', () => {
  it('gives the name behind the prefix and refuses names without it', () => {
    expect(readAliasName('alias/prod-kek')).toBe('prod-kek');
    const says =
      'Validation: Alias must start with the prefix "alias/". ' +
      'Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html';
    expect(refusal(() => readAliasName('prod-kek'))).toBe(says);
    expect(refusal(() => readAliasName('alias/'))).toBe(says);
  });

  it('keeps alias/aws/ reserved, but not names that only begin alike', () => {
    expect(refusal(() => readAliasName('alias/aws/s3'))).toMatch(/^InvalidAliasName: /);
    expect(readAliasName('alias/awsome')).toBe('awsome');
  });
});
