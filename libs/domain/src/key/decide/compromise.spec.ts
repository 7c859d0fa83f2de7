import { at, DAY, given, GIVEN_AT, HOUR, keyCreated, later, rotated, storedMaterial } from '@claviger/testing';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';

const instant = (after: number): string => new Date(GIVEN_AT + after).toISOString();
const compromise = (version: number | null, occurredAt: string | null = null) =>
  ({ type: 'CompromiseVersion', version, occurredAt }) as const;
const compromised = (version: number, occurredAt = instant(0)): KeyEvent => ({
  type: 'VersionCompromised',
  data: { version, occurredAt },
});
const disabled = (version: number | null): KeyEvent => ({ type: 'Disabled', data: { version } });
const two = [keyCreated(), at(GIVEN_AT + HOUR, ...rotated(2, 1))];

describe('declaring a compromise (R-108, R-139)', () => {
  it('disables the key in the same append when it hits the ACTIVE version', () => {
    const state = given(keyDecider, ...two)
      .when(compromise(2), later(DAY))
      .then(disabled(null), compromised(2, instant(HOUR)));
    expect(state).toMatchObject({
      disabled: true,
      activeVersion: null,
      versions: [{ status: 'PENDING_RETIREMENT' }, { status: 'COMPROMISED' }],
    });
  });

  it('leaves the key in use when it hits another version', () => {
    const state = given(keyDecider, ...two)
      .when(compromise(1), later(DAY))
      .then(compromised(1));
    expect(state).toMatchObject({
      disabled: false,
      activeVersion: 2,
      versions: [{ status: 'COMPROMISED', former: null }, {}],
    });
  });

  it('takes every version that is not deleted, each with its own time', () => {
    const all = [disabled(null), compromised(1), compromised(2, instant(HOUR)), compromised(3)];
    given(keyDecider, ...two, { type: 'VersionStaged', data: { version: 3, material: storedMaterial(3) } })
      .when(compromise(null), later(DAY))
      .then(...all);
  });

  it('says since when, but never before the version was made or in the future', () => {
    given(keyDecider, ...two)
      .when(compromise(1, instant(2 * HOUR)), later(DAY))
      .then(compromised(1, instant(2 * HOUR)));
    given(keyDecider, ...two)
      .when(compromise(2, '2020-01-01T00:00:00Z'), later(DAY))
      .then(disabled(null), compromised(2, instant(HOUR)));
    given(keyDecider, ...two)
      .when(compromise(1, instant(2 * DAY)), later(DAY))
      .thenThrows('Validation', /occurredAt/);
    given(keyDecider, ...two)
      .when(compromise(1, 'Tuesday'), later(DAY))
      .thenThrows('Validation', /occurredAt/);
  });

  it('marks once, and keeps the first time', () => {
    given(keyDecider, ...two, compromised(1))
      .when(compromise(1), later(DAY))
      .thenNothing();
    const { state } = given(
      keyDecider,
      ...two,
      at(GIVEN_AT + DAY, compromised(1)),
      at(GIVEN_AT + 2 * DAY, compromised(1)),
    );
    expect(state?.versions[0]?.compromisedAt).toBe(GIVEN_AT + DAY);
  });

  it('reaches a version on any road: disabled, retired, staged, pending deletion, and under a key that is pending deletion', () => {
    const roads: readonly KeyEvent[][] = [
      [disabled(1)],
      [{ type: 'VersionRetired', data: { version: 1, level: 'L0', method: 'idle', idleSince: instant(0) } }],
      [disabled(1), { type: 'DeletionScheduled', data: { version: 1, windowDays: 7, deletionAt: instant(7 * DAY) } }],
      [{ type: 'DeletionScheduled', data: { version: null, windowDays: 7, deletionAt: instant(7 * DAY) } }],
    ];
    for (const road of roads) {
      const state = given(keyDecider, ...two, ...road)
        .when(compromise(1), later(DAY))
        .then(compromised(1));
      expect(state?.versions[0]).toMatchObject({ status: 'COMPROMISED', former: null, deletionAt: null });
    }
  });

  it('frees the place of a staged version', () => {
    const staged: KeyEvent = { type: 'VersionStaged', data: { version: 2, material: storedMaterial(2) } };
    expect(
      given(keyDecider, keyCreated(), staged).when(compromise(2), later(0)).then(compromised(2))?.stagedVersion,
    ).toBeNull();
  });

  it('leaves out what is being destroyed when all are meant, and refuses when that one is', () => {
    const dying = [...two, disabled(1), { type: 'DestructionStarted', data: { versions: [1] } } as KeyEvent];
    given(keyDecider, ...dying)
      .when(compromise(null), later(DAY))
      .then(disabled(null), compromised(2, instant(HOUR)));
    given(keyDecider, ...dying)
      .when(compromise(1), later(DAY))
      .thenThrows('InvalidKeyState', /is being destroyed/);
  });
});
