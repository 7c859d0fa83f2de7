import { at, DAY, given, GIVEN_AT, keyCreated, later } from '@claviger/testing';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';
import { checkRotationPolicy } from '../rotation-checks.js';
import { type LifetimeAction, ROTATION_OFF, type RotationPolicy } from '../rotation-policy.js';

const every = (duration: string): RotationPolicy => ({
  enabled: true,
  lifetimeActions: [{ action: 'rotate', timeAfterCreate: duration }],
  expiryTime: null,
});
const set = (rotationPolicy: RotationPolicy) => ({ type: 'SetRotationPolicy', rotationPolicy }) as const;
const changed = (rotationPolicy: RotationPolicy): KeyEvent => ({
  type: 'RotationPolicyChanged',
  data: { rotationPolicy },
});

describe('setting a rotation policy (R-112, R-114)', () => {
  it('begins its first period now, and not again when it is the same', () => {
    const state = given(keyDecider, keyCreated())
      .when(set(every('P30D')), later(0))
      .then(changed(every('P30D')));
    expect(state).toMatchObject({ rotationPolicy: { enabled: true }, rotationPolicySince: GIVEN_AT });
    const on = given(keyDecider, keyCreated(), at(GIVEN_AT + DAY, changed(every('P30D'))));
    on.when(set(every('P30D')), later(9 * DAY)).thenNothing();
    expect(on.state?.rotationPolicySince).toBe(GIVEN_AT + DAY);
    on.when(set(every('P60D')), later(9 * DAY)).then(changed(every('P60D')));
    on.when(set(ROTATION_OFF), later(9 * DAY)).then(changed(ROTATION_OFF));
  });

  const policy = (
    lifetimeActions: readonly LifetimeAction[],
    expiryTime: string | null,
    enabled = false,
  ): RotationPolicy => ({
    enabled,
    lifetimeActions,
    expiryTime,
  });

  it.each<[string, RotationPolicy]>([
    [
      'the one of R-114',
      policy(
        [
          { action: 'rotate', timeAfterCreate: 'P180D' },
          { action: 'notify', timeBeforeExpiry: 'P30D' },
        ],
        'P2Y',
        true,
      ),
    ],
    ['every day', every('P1D')],
    ['every month', every('P1M')],
    ['before expiry', policy([{ action: 'rotate', timeBeforeExpiry: 'P30D' }], 'P1Y', true)],
    ['expiry alone', policy([], 'P90D')],
    [
      'a year of rotation inside a year and a day',
      policy([{ action: 'rotate', timeAfterCreate: 'P1Y' }], 'P1Y1D', true),
    ],
  ])('takes %s', (_, accepted) => {
    expect(() => checkRotationPolicy(accepted)).not.toThrow();
  });

  it.each<[string, RotationPolicy, RegExp]>([
    ['on without a rotate action', policy([], null, true), /enabled/],
    [
      'two rotate actions',
      policy(
        [
          { action: 'rotate', timeAfterCreate: 'P1D' },
          { action: 'rotate', timeAfterCreate: 'P2D' },
        ],
        null,
      ),
      /at most one rotate/,
    ],
    [
      'too many actions',
      policy(
        Array.from({ length: 11 }, () => ({ action: 'notify', timeBeforeExpiry: 'P1D' }) as const),
        'P1Y',
      ),
      /at most 10/,
    ],
    ['less than a day', every('PT23H'), /at least P1D/],
    ['no duration', every('30 days'), /ISO 8601/],
    ['more than a century', every('P101Y'), /100 years/],
    ['a notice without expiry', policy([{ action: 'notify', timeAfterCreate: 'P1D' }], null), /expiryTime/],
    ['before an expiry that never comes', policy([{ action: 'rotate', timeBeforeExpiry: 'P1D' }], null), /expiryTime/],
    [
      'longer before expiry than there is',
      policy([{ action: 'notify', timeBeforeExpiry: 'P30D' }], 'P30D'),
      /timeBeforeExpiry/,
    ],
    [
      'a rotation after the expiry',
      policy([{ action: 'rotate', timeAfterCreate: 'P31D' }], 'P30D'),
      /less than expiryTime/,
    ],
    ['a rotation at the expiry', policy([{ action: 'rotate', timeAfterCreate: 'P1M' }], 'P1M'), /less than expiryTime/],
    ['an expiry within a day', policy([], 'PT1H'), /expiryTime/],
  ])('refuses %s', (_, refused, message) => {
    expect(() => checkRotationPolicy(refused)).toThrow(message);
  });
});
