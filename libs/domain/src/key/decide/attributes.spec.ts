import { given, keyCreated, later } from '@claviger/testing';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';

const key = given(keyDecider, keyCreated({ description: 'a', owner: 'x', uses: ['one', 'two'], policy: '{}' }));

describe('the attributes of a key (R-59, R-63, R-89)', () => {
  it('change by events of their own, and not when they are the same already', () => {
    expect(
      key
        .when({ type: 'UpdateDescription', description: 'b' }, later(0))
        .then({ type: 'DescriptionUpdated', data: { description: 'b' } })?.description,
    ).toBe('b');
    key.when({ type: 'UpdateDescription', description: 'a' }, later(0)).thenNothing();
    expect(
      key.when({ type: 'ChangeOwner', owner: null }, later(0)).then({ type: 'OwnerChanged', data: { owner: null } })
        ?.owner,
    ).toBeNull();
    key.when({ type: 'ChangeOwner', owner: 'x' }, later(0)).thenNothing();
    expect(
      key.when({ type: 'ChangeUses', uses: ['two'] }, later(0)).then({ type: 'UsesChanged', data: { uses: ['two'] } })
        ?.uses,
    ).toEqual(['two']);
    key.when({ type: 'ChangeUses', uses: ['one', 'two'] }, later(0)).thenNothing();
  });

  it('are checked', () => {
    key.when({ type: 'UpdateDescription', description: 'x'.repeat(8193) }, later(0)).thenThrows('Validation', /8193/);
    key.when({ type: 'ChangeOwner', owner: 'x'.repeat(257) }, later(0)).thenThrows('Validation');
    key.when({ type: 'ChangeUses', uses: ['a b'] }, later(0)).thenThrows('Validation');
  });
});

describe('the policy of a key', () => {
  it('is replaced as a whole and counted', () => {
    const state = key
      .when({ type: 'PutPolicy', policy: '{"a":1}' }, later(0))
      .then({ type: 'PolicyChanged', data: { policy: '{"a":1}' } });
    expect(state).toMatchObject({ policy: '{"a":1}', policyVersion: 2 });
    key.when({ type: 'PutPolicy', policy: '{}' }, later(0)).thenNothing();
    key.when({ type: 'PutPolicy', policy: 'x'.repeat(32_769) }, later(0)).thenThrows('LimitExceeded');
  });
});

describe('retirement of a key', () => {
  it('is a setting with a shortest idle time', () => {
    const on: KeyEvent = { type: 'RetirementPolicyChanged', data: { retirement: { enabled: true, idleFor: 'P2D' } } };
    expect(
      key.when({ type: 'SetRetirementPolicy', retirement: { enabled: true, idleFor: 'P2D' } }, later(0)).then(on)
        ?.retirement.enabled,
    ).toBe(true);
    key.when({ type: 'SetRetirementPolicy', retirement: { enabled: false, idleFor: 'PT24H' } }, later(0)).thenNothing();
    key
      .when({ type: 'SetRetirementPolicy', retirement: { enabled: true, idleFor: 'PT1H' } }, later(0))
      .thenThrows('Validation', /PT24H/);
    key
      .when({ type: 'SetRetirementPolicy', retirement: { enabled: true, idleFor: 'a day' } }, later(0))
      .thenThrows('Validation');
  });
});
