import { at, DAY, given, GIVEN_AT, HOUR, keyCreated, later, rotated, SAMPLE_KEY_ARN } from '@claviger/testing';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';
import { ROTATION_OFF } from '../rotation-policy.js';

const back = { type: 'RollBackVersion' } as const;
const rolledBack: KeyEvent = { type: 'VersionRolledBack', data: { version: 1, from: 2 } };
const twoVersions = [keyCreated(), ...rotated(2, 1)];

describe('rolling a rotation back (R-125)', () => {
  it('swaps both versions in one event, inside the window', () => {
    const state = given(keyDecider, ...twoVersions)
      .when(back, later(7 * DAY))
      .then(rolledBack);
    expect(state).toMatchObject({
      activeVersion: 1,
      versions: [{ status: 'ACTIVE' }, { status: 'PENDING_RETIREMENT' }],
    });
  });

  it('is refused after the window, and says until when it was possible', () => {
    given(keyDecider, ...twoVersions)
      .when(back, later(7 * DAY + 1))
      .thenThrows('InvalidKeyState', /possible until 2026-01-22T12:00:00\.000Z\.$/, {
        resource: SAMPLE_KEY_ARN,
        state: 'active',
        operation: 'RollBackVersion',
      });
  });

  it('counts the window from the activation, not from a roll-back to that version', () => {
    const thrice = [
      keyCreated(),
      ...rotated(2, 1),
      at(GIVEN_AT + 6 * DAY, ...rotated(3, 2), {
        type: 'VersionRolledBack',
        data: { version: 2, from: 3 },
      }),
    ];
    given(keyDecider, ...thrice)
      .when(back, later(6 * DAY))
      .then(rolledBack);
    given(keyDecider, ...thrice)
      .when(back, later(8 * DAY))
      .thenThrows('InvalidKeyState', /possible until/);
  });

  it('has nothing to go back to from version 1', () => {
    given(keyDecider, keyCreated())
      .when(back, later(0))
      .thenThrows('InvalidKeyState', /no version to roll back to/);
    given(keyDecider, ...twoVersions, rolledBack)
      .when(back, later(0))
      .thenThrows('InvalidKeyState', /no version to roll back to/);
  });

  it.each<[string, KeyEvent, RegExp]>([
    [
      'compromised',
      { type: 'VersionCompromised', data: { version: 1, occurredAt: '2026-01-15T12:00:00.000Z' } },
      /Version 1 of .* is compromised/,
    ],
    ['disabled', { type: 'Disabled', data: { version: 1 } }, /Version 1 of .* is disabled/],
    ['expired', { type: 'VersionExpired', data: { version: 1 } }, /cryptoperiod is over/],
  ])('is refused to a version that is %s', (_, event, message) => {
    given(keyDecider, ...twoVersions, event)
      .when(back, later(HOUR))
      .thenThrows('InvalidKeyState', message);
  });

  it('is refused to a version that would expire at once, and to one that was restored for a time', () => {
    const expiring = keyCreated({ rollbackWindow: 'P1Y', rotationPolicy: { ...ROTATION_OFF, expiryTime: 'P30D' } });
    given(keyDecider, expiring, at(GIVEN_AT + 29 * DAY, ...rotated(2, 1)))
      .when(back, later(30 * DAY))
      .thenThrows('InvalidKeyState', /cryptoperiod is over/);
    given(
      keyDecider,
      ...twoVersions,
      {
        type: 'VersionRetired',
        data: { version: 1, level: 'L0', method: 'idle', idleSince: '2026-01-15T12:00:00.000Z' },
      },
      { type: 'VersionRestored', data: { version: 1, approval: 'a', until: '2026-01-20T12:00:00.000Z' } },
    )
      .when(back, later(HOUR))
      .thenThrows('InvalidKeyState', /restored for a time/);
  });
});
