import { KmsError } from '@claviger/domain';
import fc from 'fast-check';
import { checkPolicyForm, MAX_POLICY_BYTES } from './check-form.js';
import { defaultKeyPolicy } from './default-policy.js';
import { checkLockout, matches, mayPutKeyPolicy } from './lockout.js';

const ACCOUNT = '000000000000';
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const admin = { arn: `arn:aws:iam::${ACCOUNT}:user/admin`, account: ACCOUNT };
const allow = { Effect: 'Allow', Principal: { AWS: admin.arn }, Action: 'kms:*', Resource: '*' };
const policy = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });

const refusal = (text: string): string => {
  try {
    checkPolicyForm(text);
  } catch (error) {
    if (error instanceof KmsError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return 'ok';
};

describe('defaultKeyPolicy', () => {
  it('has the recorded content and passes its own checks', () => {
    expect(JSON.parse(defaultKeyPolicy(ACCOUNT))).toEqual({
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::000000000000:root' },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    });
    expect(() => checkLockout(checkPolicyForm(defaultKeyPolicy(ACCOUNT)), admin, KEY)).not.toThrow();
  });
});

describe('checkPolicyForm', () => {
  it('reads a policy with every element (R-65)', () => {
    const statement = {
      Sid: 'a',
      Effect: 'Deny',
      NotPrincipal: { AWS: [admin.arn, ACCOUNT], Service: 'ec2.amazonaws.com', Federated: 'cognito' },
      NotAction: ['kms:Encrypt', 'kms:Generate*'],
      Resource: ['*', KEY],
      Condition: {
        StringEquals: { 'kms:EncryptionContext:a': ['1', '2'] },
        Bool: { 'kms:GrantIsForAWSResource': true },
      },
    };
    const read = checkPolicyForm(JSON.stringify({ Id: 'i', Version: '2012-10-17', Statement: statement }));
    expect(read).toMatchObject({
      version: '2012-10-17',
      id: 'i',
      statements: [
        {
          sid: 'a',
          effect: 'Deny',
          principal: {
            negated: true,
            aws: [admin.arn, ACCOUNT],
            service: ['ec2.amazonaws.com'],
            federated: ['cognito'],
          },
          action: { negated: true, patterns: ['kms:Encrypt', 'kms:Generate*'] },
          resource: { negated: false, patterns: ['*', KEY] },
        },
      ],
    });
    expect(read.statements[0]?.condition.get('Bool')?.get('kms:GrantIsForAWSResource')).toEqual(['true']);
  });

  it.each<[string, string, RegExp]>([
    ['text that is not JSON', '{', /not valid JSON/],
    ['a list', '[]', /JSON object/],
    ['an unknown element', JSON.stringify({ Statement: allow, Extra: 1 }), /Version, Id and Statement only/],
    ['another version', JSON.stringify({ Version: '2020-01-01', Statement: allow }), /valid version string/],
    ['an Id that is no string', JSON.stringify({ Id: 1, Statement: allow }), /Id must be a string/],
    ['no statement', '{"Version":"2012-10-17"}', /at least one statement/],
    ['an empty list of statements', policy(), /at least one statement/],
    ['a statement that is no object', '{"Statement":["x"]}', /must be a JSON object/],
    ['an unknown statement element', policy({ ...allow, Principals: '*' }), /unknown element/],
    ['no effect', policy({ ...allow, Effect: undefined }), /neither Allow nor Deny/],
    ['an effect in lower case', policy({ ...allow, Effect: 'allow' }), /neither Allow nor Deny/],
    ['no principal', policy({ ...allow, Principal: undefined }), /with no principal/],
    ['an empty principal', policy({ ...allow, Principal: {} }), /with no principal/],
    ['a principal and its negation', policy({ ...allow, NotPrincipal: '*' }), /both Principal and NotPrincipal/],
    ['a principal that is no ARN', policy({ ...allow, Principal: { AWS: 'admin' } }), /invalid principals/],
    [
      'a principal with a wildcard inside',
      policy({ ...allow, Principal: { AWS: 'arn:aws:iam::*:root' } }),
      /invalid principals/,
    ],
    ['a principal of unknown type', policy({ ...allow, Principal: { Team: 'a' } }), /invalid principals/],
    ['an empty list of principals', policy({ ...allow, Principal: { AWS: [] } }), /invalid principals/],
    ['no action', policy({ ...allow, Action: undefined }), /with no action/],
    ['an action without service', policy({ ...allow, Action: 'Encrypt' }), /invalid actions/],
    ['an empty list of actions', policy({ ...allow, Action: [] }), /invalid actions/],
    ['no resource', policy({ ...allow, Resource: undefined }), /with no resource/],
    ['a resource that is no ARN', policy({ ...allow, Resource: 'key' }), /invalid resources/],
    ['an unknown condition operator', policy({ ...allow, Condition: { Equals: { a: 'b' } } }), /invalid condition/],
    ['an empty condition block', policy({ ...allow, Condition: { Bool: {} } }), /invalid condition/],
    ['a condition value that is an object', policy({ ...allow, Condition: { Bool: { a: {} } } }), /invalid condition/],
    ['the same Sid twice', policy({ ...allow, Sid: 'a' }, { ...allow, Sid: 'a' }), /must be unique/],
  ])('refuses %s', (_, text, says) => {
    expect(refusal(text)).toMatch(/^MalformedPolicy: /);
    expect(refusal(text)).toMatch(says);
  });

  it('refuses more than 32,768 bytes as a limit, counting bytes and not characters', () => {
    const filled = (length: number): string => JSON.stringify({ Id: 'ü'.repeat(length), Statement: allow });
    const rest = Buffer.byteLength(filled(0));
    const most = Math.floor((MAX_POLICY_BYTES - rest) / 2);
    expect(refusal(filled(most))).toBe('ok');
    expect(refusal(filled(most + 1))).toMatch(/^LimitExceeded: /);
  });

  it('answers any JSON with a document or a KmsError', () => {
    const element = fc.constantFrom(
      'Version',
      'Id',
      'Statement',
      'Effect',
      'Principal',
      'Action',
      'Resource',
      'Condition',
      'Sid',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.dictionary(element, fc.oneof(fc.jsonValue(), fc.dictionary(element, fc.jsonValue()))), (value) =>
        /^(ok|MalformedPolicy|LimitExceeded)/.test(refusal(JSON.stringify(value))),
      ),
      { numRuns: 1000 },
    );
  });
});

describe('mayPutKeyPolicy', () => {
  const may = (...statements: object[]): boolean => mayPutKeyPolicy(checkPolicyForm(policy(...statements)), admin, KEY);

  it('is true for whoever the policy allows, by ARN, account, root or star', () => {
    for (const AWS of [admin.arn, ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`, '*']) {
      expect(may({ ...allow, Principal: { AWS } })).toBe(true);
    }
    expect(may({ ...allow, Principal: '*', Action: ['KMS:putkeypolicy'.replace('KMS', 'kms')], Resource: KEY })).toBe(
      true,
    );
    expect(may({ ...allow, Action: undefined, NotAction: 'kms:Encrypt' })).toBe(true);
  });

  it('is false where no statement allows, one denies, or a condition decides', () => {
    expect(may({ ...allow, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/other` } })).toBe(false);
    expect(may({ ...allow, Principal: { AWS: '111111111111' } })).toBe(false);
    expect(may({ ...allow, Action: 'kms:Get*' })).toBe(false);
    expect(may({ ...allow, Resource: `${KEY}0` })).toBe(false);
    expect(may({ ...allow, Action: undefined, NotAction: 'kms:Put*' })).toBe(false);
    expect(may({ ...allow, Condition: { Bool: { 'aws:SecureTransport': 'true' } } })).toBe(false);
    expect(may(allow, { ...allow, Effect: 'Deny' })).toBe(false);
    expect(may(allow, { ...allow, Effect: 'Deny', Action: 'kms:Decrypt' })).toBe(true);
    expect(may(allow, { ...allow, Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: admin.arn } })).toBe(true);
  });

  it('is what the lock-out check is about', () => {
    const locked = checkPolicyForm(policy({ ...allow, Action: 'kms:Decrypt' }));
    expect(() => checkLockout(locked, admin, KEY)).toThrow(
      'The new key policy will not allow you to update the key policy in the future.',
    );
  });
});

describe('matches', () => {
  it('gives what a regular expression gives', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, word, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        return matches(pattern, text) === expression.test(text);
      }),
      { numRuns: 3000 },
    );
  });

  it('is quick for patterns that would make a backtracking matcher explode', () => {
    expect(matches(`${'a*'.repeat(200)}b`, 'a'.repeat(2000))).toBe(false);
  });
});
