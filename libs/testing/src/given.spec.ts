import { keyDecider } from '@claviger/domain';
import { at, given, GIVEN_AT } from './given.js';
import { keyCreated, later } from './key-samples.js';

const disable = { type: 'DisableKey', version: null } as const;
const disabled = { type: 'Disabled', data: { version: null } } as const;

describe('given, when, then', () => {
  it('fails when other events come than expected, or fewer', () => {
    const outcome = given(keyDecider, keyCreated()).when(disable, later(0));
    expect(() => outcome.thenNothing()).toThrow();
    expect(() => outcome.then(disabled, disabled)).toThrow();
    expect(outcome.then(disabled)?.disabled).toBe(true);
  });

  it('fails when a refusal was expected and the command was accepted, and the other way about', () => {
    expect(() => given(keyDecider, keyCreated()).when(disable, later(0)).thenThrows('Disabled')).toThrow(/accepted/);
    expect(() => given(keyDecider).when(disable, later(0)).then(disabled)).toThrow(/does not exist/);
    expect(() => given(keyDecider).when(disable, later(0)).thenThrows('Disabled')).toThrow();
    expect(() =>
      given(keyDecider)
        .when(disable, later(0))
        .thenThrows('NotFound', /another sentence/),
    ).toThrow();
  });

  it('folds events at the time they are given', () => {
    expect(given(keyDecider, at(GIVEN_AT + 5, keyCreated())).state?.createdAt).toBe(GIVEN_AT + 5);
  });
});
