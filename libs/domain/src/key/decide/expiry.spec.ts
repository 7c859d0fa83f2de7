import { at, DAY, given, GIVEN_AT, HOUR, keyCreated, later, rotated } from '@claviger/testing';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';

const expire = { type: 'ExpireVersion', version: 1 } as const;
const notify = { type: 'NotifyExpiry', version: 1 } as const;
const expired: KeyEvent = { type: 'VersionExpired', data: { version: 1 } };
const notified: KeyEvent = {
  type: 'ExpiryNotified',
  data: { version: 1, expiresAt: new Date(GIVEN_AT + 30 * DAY).toISOString() },
};
const expiring = keyCreated({
  rotationPolicy: {
    enabled: false,
    lifetimeActions: [
      { action: 'notify', timeBeforeExpiry: 'P10D' },
      { action: 'notify', timeBeforeExpiry: 'P1D' },
    ],
    expiryTime: 'P30D',
  },
});

describe('the end of a cryptoperiod (SP 800-57 Part 1, 5.3.4)', () => {
  it('comes once, at its time, also on a disabled key', () => {
    given(keyDecider, expiring)
      .when(expire, later(30 * DAY - 1))
      .thenThrows('InvalidKeyState', /it expires at 2026-02-14/);
    const state = given(keyDecider, expiring)
      .when(expire, later(30 * DAY))
      .then(expired);
    expect(state?.versions[0]).toMatchObject({ status: 'ACTIVE', expiredAt: GIVEN_AT });
    given(keyDecider, expiring, expired)
      .when(expire, later(31 * DAY))
      .thenNothing();
    given(keyDecider, expiring, { type: 'Disabled', data: { version: null } })
      .when(expire, later(30 * DAY))
      .then(expired);
  });

  it('concerns the ACTIVE version only, and only where the policy has an end', () => {
    given(keyDecider, expiring, ...rotated(2, 1))
      .when(expire, later(30 * DAY))
      .thenThrows('InvalidKeyState', /only the active version expires/);
    given(keyDecider, keyCreated())
      .when(expire, later(999 * DAY))
      .thenThrows('InvalidKeyState', /does not expire/);
  });

  it('is announced once for each notice of the policy (R-114)', () => {
    given(keyDecider, expiring)
      .when(notify, later(20 * DAY - 1))
      .thenThrows('InvalidKeyState', /next notice is due at 2026-02-04/);
    given(keyDecider, expiring)
      .when(notify, later(20 * DAY))
      .then(notified);
    const once = [expiring, at(GIVEN_AT + 20 * DAY, notified)];
    given(keyDecider, ...once)
      .when(notify, later(21 * DAY))
      .thenThrows('InvalidKeyState', /2026-02-13/);
    given(keyDecider, ...once)
      .when(notify, later(29 * DAY))
      .then(notified);
    given(keyDecider, ...once, at(GIVEN_AT + 29 * DAY + HOUR, notified))
      .when(notify, later(30 * DAY))
      .thenNothing();
    given(keyDecider, keyCreated())
      .when(notify, later(0))
      .thenThrows('InvalidKeyState', /does not expire/);
  });
});
