import { given, GIVEN_AT } from '@claviger/testing';
import type { AccountDefaults, AccountEvent } from './account.js';
import { accountDecider } from './decider.js';

const context = { now: 0 };
const defaults: AccountDefaults = { environment: 'dev', dataClass: 'internal', protectionLevel: 'SOFTWARE' };
const created: AccountEvent = { type: 'AccountCreated', data: { account: '000000000000', defaults } };

describe('an account', () => {
  it('is created once, with what keys get whose creators name nothing', () => {
    const command = { type: 'CreateAccount', account: '000000000000', defaults } as const;
    expect(given(accountDecider).when(command, context).then(created)).toEqual({
      account: '000000000000',
      defaults,
      createdAt: GIVEN_AT,
    });
    given(accountDecider, created).when(command, context).thenThrows('AlreadyExists');
    given(accountDecider)
      .when({ ...command, account: '12' }, context)
      .thenThrows('Validation', /12 digits/);
    given(accountDecider)
      .when({ ...command, defaults: { ...defaults, environment: '' } }, context)
      .thenThrows('Validation');
  });

  it('keeps the defaults that a change does not name', () => {
    given(accountDecider, created)
      .when({ type: 'ChangeAccountDefaults', defaults: { protectionLevel: 'HSM' } }, context)
      .then({ type: 'AccountDefaultsChanged', data: { defaults: { ...defaults, protectionLevel: 'HSM' } } });
    given(accountDecider, created)
      .when({ type: 'ChangeAccountDefaults', defaults: { protectionLevel: 'TPM' as never } }, context)
      .thenThrows('Validation', /protectionLevel: expected SOFTWARE or HSM, found 'TPM'/);
  });

  it('changes its defaults, for later keys only', () => {
    const other: AccountDefaults = { environment: 'prod', dataClass: 'restricted', protectionLevel: 'HSM' };
    const change = { type: 'ChangeAccountDefaults', defaults: other } as const;
    const changed: AccountEvent = { type: 'AccountDefaultsChanged', data: { defaults: other } };
    expect(given(accountDecider, created).when(change, context).then(changed)?.defaults).toEqual(other);
    given(accountDecider, created, changed).when(change, context).thenNothing();
    given(accountDecider).when(change, context).thenThrows('NotFound');
    given(accountDecider, created)
      .when({ type: 'ChangeAccountDefaults', defaults: { ...defaults, dataClass: 'x' as never } }, context)
      .thenThrows('Validation');
  });
});
