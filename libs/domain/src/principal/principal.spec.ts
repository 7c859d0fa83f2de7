import { given, GIVEN_AT } from '@claviger/testing';
import { principalDecider } from './decider.js';
import type { CreatePrincipal, PrincipalEvent } from './principal.js';

const context = { now: 0 };
const HASH = 'ab'.repeat(32);
const create = (changes: Partial<CreatePrincipal> = {}): CreatePrincipal => ({
  type: 'CreatePrincipal',
  principalId: 'p1',
  account: '000000000000',
  kind: 'user',
  name: 'alice',
  environment: null,
  administrator: true,
  accessKey: null,
  token: null,
  ...changes,
});
const created: PrincipalEvent = {
  type: 'PrincipalCreated',
  data: {
    principalId: 'p1',
    account: '000000000000',
    kind: 'user',
    name: 'alice',
    environment: null,
    administrator: true,
  },
};
const issued = (accessKeyId: string): PrincipalEvent => ({
  type: 'AccessKeyIssued',
  data: { accessKeyId, secret: `ref-${accessKeyId}` },
});
const token = (tokenId: string): PrincipalEvent => ({ type: 'TokenIssued', data: { tokenId, hash: HASH } });

describe('creating a principal', () => {
  it('issues its first credentials in the same append, so that it never exists half', () => {
    const command = create({
      accessKey: { accessKeyId: 'AKIA0001', secret: 'ref-AKIA0001' },
      token: { tokenId: 't1', hash: HASH },
    });
    const all = [created, issued('AKIA0001'), token('t1')];
    const state = given(principalDecider)
      .when(command, context)
      .then(...all);
    expect(state).toMatchObject({
      arn: 'arn:aws:iam::000000000000:user/alice',
      disabled: false,
      createdAt: GIVEN_AT,
      accessKeys: [{ accessKeyId: 'AKIA0001', revokedAt: null }],
      tokens: [{ tokenId: 't1', revokedAt: null }],
    });
    given(principalDecider).when(create(), context).then(created);
  });

  it('happens once, with attributes that are checked', () => {
    given(principalDecider, created).when(create(), context).thenThrows('AlreadyExists');
    for (const bad of [{ name: 'a b' }, { name: '' }, { account: '1' }, { environment: 'PROD' }, { principalId: '' }]) {
      given(principalDecider).when(create(bad), context).thenThrows('Validation');
    }
    for (const accessKey of [
      { accessKeyId: 'x', secret: 'r' },
      { accessKeyId: 'AKIA0001', secret: '' },
    ]) {
      given(principalDecider).when(create({ accessKey }), context).thenThrows('Validation');
    }
    given(principalDecider)
      .when(create({ token: { tokenId: 't', hash: 'secret' } }), context)
      .thenThrows('Validation', /^hash: expected 64 hex digits, found 6 characters\.$/);
  });
});

describe('the credentials of a principal', () => {
  it('are two access keys at most that are valid, so that one can follow the other', () => {
    const one = { type: 'IssueAccessKey', accessKeyId: 'AKIA0003', secret: 'ref-AKIA0003' } as const;
    given(principalDecider, created, issued('AKIA0001')).when(one, context).then(issued('AKIA0003'));
    const two = given(principalDecider, created, issued('AKIA0001'), issued('AKIA0002'));
    two.when(one, context).thenThrows('LimitExceeded', /2 valid access keys/);
    const revoked: PrincipalEvent = { type: 'AccessKeyRevoked', data: { accessKeyId: 'AKIA0001' } };
    given(principalDecider, created, issued('AKIA0001'), issued('AKIA0002'), revoked)
      .when(one, context)
      .then(issued('AKIA0003'));
    two.when({ ...one, accessKeyId: 'AKIA0001' }, context).thenThrows('AlreadyExists');
  });

  it('are revoked once, for good', () => {
    const revoke = { type: 'RevokeAccessKey', accessKeyId: 'AKIA0001' } as const;
    const revoked: PrincipalEvent = { type: 'AccessKeyRevoked', data: { accessKeyId: 'AKIA0001' } };
    const state = given(principalDecider, created, issued('AKIA0001')).when(revoke, context).then(revoked);
    expect(state?.accessKeys[0]?.revokedAt).toBe(GIVEN_AT);
    given(principalDecider, created, issued('AKIA0001'), revoked).when(revoke, context).thenNothing();
    given(principalDecider, created).when(revoke, context).thenThrows('NotFound');
  });

  it('are ten valid tokens at most', () => {
    const ten = Array.from({ length: 10 }, (_, index) => token(`t${index}`));
    const eleventh = { type: 'IssueToken', tokenId: 'u', hash: HASH } as const;
    given(principalDecider, created, ...ten)
      .when(eleventh, context)
      .thenThrows('LimitExceeded');
    const revoked: PrincipalEvent = { type: 'TokenRevoked', data: { tokenId: 't0' } };
    given(principalDecider, created, ...ten)
      .when({ type: 'RevokeToken', tokenId: 't0' }, context)
      .then(revoked);
    given(principalDecider, created, ...ten, revoked)
      .when(eleventh, context)
      .then(token('u'));
    given(principalDecider, created, ...ten, revoked)
      .when({ type: 'RevokeToken', tokenId: 't0' }, context)
      .thenNothing();
    given(principalDecider, created, ...ten)
      .when({ type: 'RevokeToken', tokenId: 'zz' }, context)
      .thenThrows('NotFound');
    given(principalDecider, created, ...ten)
      .when({ ...eleventh, tokenId: 't1' }, context)
      .thenThrows('AlreadyExists');
  });
});

describe('stopping a principal', () => {
  const disabled: PrincipalEvent = { type: 'PrincipalDisabled', data: {} };
  it('and letting it go on again are events once each', () => {
    expect(given(principalDecider, created).when({ type: 'DisablePrincipal' }, context).then(disabled)?.disabled).toBe(
      true,
    );
    given(principalDecider, created, disabled).when({ type: 'DisablePrincipal' }, context).thenNothing();
    given(principalDecider, created, disabled)
      .when({ type: 'EnablePrincipal' }, context)
      .then({ type: 'PrincipalEnabled', data: {} });
    given(principalDecider, created).when({ type: 'EnablePrincipal' }, context).thenNothing();
    given(principalDecider).when({ type: 'DisablePrincipal' }, context).thenThrows('NotFound');
  });
});
