import {
  at,
  DAY,
  given,
  GIVEN_AT,
  keyCreated,
  later,
  rotated,
  SAMPLE_KEY_ARN,
  storedMaterial,
} from '@claviger/testing';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';

const instant = (after: number): string => new Date(GIVEN_AT + after).toISOString();
const schedule = (windowDays: number, version: number | null = null) =>
  ({ type: 'ScheduleDeletion', version, windowDays }) as const;
const scheduled = (windowDays: number, version: number | null = null, from = 0): KeyEvent => ({
  type: 'DeletionScheduled',
  data: { version, windowDays, deletionAt: instant(from + windowDays * DAY) },
});
const cancel = (version: number | null = null) => ({ type: 'CancelDeletion', version }) as const;
const cancelled = (version: number | null = null): KeyEvent => ({ type: 'DeletionCancelled', data: { version } });
const disabled = (version: number | null): KeyEvent => ({ type: 'Disabled', data: { version } });
const start = { type: 'StartDestruction' } as const;
const record = (...versions: readonly number[]) => ({ type: 'RecordDestruction', versions }) as const;
const started = (...versions: readonly number[]): KeyEvent => ({ type: 'DestructionStarted', data: { versions } });
const destroyed = (...versions: readonly number[]): KeyEvent => ({ type: 'MaterialDestroyed', data: { versions } });
const key = given(keyDecider, keyCreated());
const two = [keyCreated(), ...rotated(2, 1)];

describe('scheduling the deletion of a key (R-103)', () => {
  it.each([7, 30, 90])('waits %i days and leaves the versions as they are beneath', (days) => {
    const state = key.when(schedule(days), later(0)).then(scheduled(days));
    expect(state).toMatchObject({
      pendingDeletion: { scheduledAt: GIVEN_AT, deletionAt: GIVEN_AT + days * DAY, windowDays: days },
      activeVersion: 1,
      versions: [{ status: 'ACTIVE' }],
    });
  });

  it.each([0, 6, 91, 7.5, Number.NaN])('refuses a window of %d days', (days) => {
    key
      .when(schedule(days), later(0))
      .thenThrows('Validation', /^windowDays: expected a whole number from 7 to 90, found /);
  });

  it('is refused twice, and cancelled only when there is something to cancel', () => {
    given(keyDecider, keyCreated(), scheduled(30))
      .when(schedule(7), later(0))
      .thenThrows('InvalidKeyState', new RegExp(`^${SAMPLE_KEY_ARN} is pending deletion\\.$`), {
        resource: SAMPLE_KEY_ARN,
        state: 'pending_deletion',
        operation: 'ScheduleDeletion',
      });
    key
      .when(cancel(), later(0))
      .thenThrows('InvalidKeyState', new RegExp(`^${SAMPLE_KEY_ARN} is not pending deletion\\.$`));
  });

  it('leaves a key disabled when it is cancelled', () => {
    const state = given(keyDecider, keyCreated(), scheduled(7)).when(cancel(), later(0)).then(cancelled());
    expect(state).toMatchObject({ disabled: true, pendingDeletion: null, activeVersion: 1 });
  });
});

describe('purge protection (R-105)', () => {
  const guarded = keyCreated({ purgeProtection: true });

  it('is switched on once, in any state, and never off', () => {
    const on: KeyEvent = { type: 'PurgeProtectionEnabled', data: {} };
    expect(key.when({ type: 'EnablePurgeProtection' }, later(0)).then(on)?.purgeProtection).toBe(true);
    given(keyDecider, keyCreated(), scheduled(7)).when({ type: 'EnablePurgeProtection' }, later(0)).then(on);
    given(keyDecider, guarded).when({ type: 'EnablePurgeProtection' }, later(0)).thenNothing();
  });

  it('keeps a date that was set from being brought forward by cancelling and scheduling again', () => {
    const again = given(keyDecider, guarded, scheduled(90), cancelled());
    again
      .when(schedule(30), later(DAY))
      .thenThrows(
        'InvalidKeyState',
        /purge protection: its deletion is not possible before 2026-04-15T12:00:00\.000Z/,
        {
          resource: SAMPLE_KEY_ARN,
          state: 'purge_protected',
          operation: 'ScheduleDeletion',
        },
      );
    again.when(schedule(30), later(60 * DAY)).then(scheduled(30, null, 60 * DAY));
    given(keyDecider, keyCreated(), scheduled(90), cancelled())
      .when(schedule(7), later(DAY))
      .then(scheduled(7, null, DAY));
  });

  it('holds for a version too, by itself, under its key, and for the key by its versions', () => {
    const stopped = [keyCreated({ purgeProtection: true }), ...rotated(2, 1), disabled(1)];
    given(keyDecider, ...stopped, scheduled(90, 1), cancelled(1))
      .when(schedule(7, 1), later(DAY))
      .thenThrows('InvalidKeyState', /purge protection/);
    given(keyDecider, ...stopped, scheduled(90), cancelled())
      .when(schedule(7, 1), later(DAY))
      .thenThrows('InvalidKeyState', /purge protection/);
    given(keyDecider, ...stopped, scheduled(90, 1))
      .when(schedule(7), later(DAY))
      .thenThrows('InvalidKeyState', /purge protection/);
    given(keyDecider, ...stopped, scheduled(90, 1))
      .when(schedule(90), later(DAY))
      .then(scheduled(90, null, DAY));
  });
});

describe('scheduling the deletion of one version', () => {
  it('takes a version that is out of use and gives its state back when it is cancelled', () => {
    const state = given(keyDecider, ...two, disabled(1))
      .when(schedule(7, 1), later(0))
      .then(scheduled(7, 1));
    expect(state?.versions[0]).toMatchObject({ status: 'PENDING_DELETION', deletionAt: GIVEN_AT + 7 * DAY });
    const back = given(keyDecider, ...two, disabled(1), scheduled(7, 1))
      .when(cancel(1), later(0))
      .then(cancelled(1));
    expect(back?.versions[0]).toMatchObject({ status: 'DISABLED', former: 'PENDING_RETIREMENT', deletionAt: null });
  });

  it('leads a version that was found compromised in between back to COMPROMISED', () => {
    const compromised: KeyEvent = { type: 'VersionCompromised', data: { version: 1, occurredAt: instant(0) } };
    const state = given(keyDecider, ...two, compromised, scheduled(7, 1))
      .when(cancel(1), later(0))
      .then(cancelled(1));
    expect(state?.versions[0]?.status).toBe('COMPROMISED');
    const archived: KeyEvent = {
      type: 'VersionRetired',
      data: { version: 1, level: 'L0', method: 'compromise_archived', idleSince: instant(0) },
    };
    const fromArchive = given(keyDecider, ...two, compromised, archived, scheduled(7, 1))
      .when(cancel(1), later(0))
      .then(cancelled(1));
    expect(fromArchive?.versions[0]?.status).toBe('COMPROMISED');
  });

  it('frees the place of a staged version, which then cannot come back to it', () => {
    const staged = (version: number): KeyEvent => ({
      type: 'VersionStaged',
      data: { version, material: storedMaterial(version) },
    });
    const dropped = given(keyDecider, keyCreated(), staged(2), scheduled(7, 2));
    expect(dropped.state?.stagedVersion).toBeNull();
    expect(dropped.when(cancel(2), later(0)).then(cancelled(2))?.stagedVersion).toBe(2);
    given(keyDecider, keyCreated(), staged(2), scheduled(7, 2), staged(3))
      .when(cancel(2), later(0))
      .thenThrows('InvalidKeyState', /version 3 has been staged in its place/);
  });
});

describe('destroying what is due (R-104)', () => {
  it('does not begin before the time', () => {
    given(keyDecider, keyCreated(), scheduled(7))
      .when(start, later(7 * DAY - 1))
      .thenThrows('InvalidKeyState', /is pending deletion until 2026-01-22T12:00:00\.000Z\.$/, {
        resource: SAMPLE_KEY_ARN,
        state: 'pending_deletion',
        operation: 'StartDestruction',
      });
    key.when(start, later(9 * DAY)).thenThrows('InvalidKeyState', /is not pending deletion/);
  });

  it('takes every version of a key, the compromised flag with it, and nothing stops it', () => {
    const compromised: KeyEvent = { type: 'VersionCompromised', data: { version: 1, occurredAt: instant(0) } };
    const doomed = [...two, compromised, scheduled(7)];
    const state = given(keyDecider, ...doomed)
      .when(start, later(7 * DAY))
      .then(started(1, 2));
    expect(state?.destructionStartedAt).toBe(GIVEN_AT);
    given(keyDecider, ...doomed, started(1, 2))
      .when(cancel(), later(7 * DAY))
      .thenThrows('InvalidKeyState', /is pending deletion\.$/, {
        resource: SAMPLE_KEY_ARN,
        state: 'destruction_started',
        operation: 'CancelDeletion',
      });
    const gone = given(keyDecider, ...doomed, started(1, 2))
      .when(record(1, 2), later(8 * DAY))
      .then(destroyed(1, 2));
    expect(gone).toMatchObject({
      deletedAt: GIVEN_AT,
      activeVersion: null,
      pendingDeletion: null,
      versions: [
        { status: 'DELETED', compromisedAt: GIVEN_AT, material: storedMaterial(1) },
        { status: 'DELETED', compromisedAt: null },
      ],
    });
  });

  it('can be recorded in parts and again; the key is deleted with its last version', () => {
    const begun = [...two, scheduled(7), started(1, 2)];
    const half = given(keyDecider, ...begun)
      .when(record(1, 1), later(8 * DAY))
      .then(destroyed(1));
    expect(half?.deletedAt).toBeNull();
    given(keyDecider, ...begun, destroyed(1))
      .when(record(1), later(8 * DAY))
      .thenNothing();
    expect(
      given(keyDecider, ...begun, destroyed(1))
        .when(record(1, 2), later(8 * DAY))
        .then(destroyed(2))?.deletedAt,
    ).toBe(GIVEN_AT);
    given(keyDecider, ...begun)
      .when(record(), later(8 * DAY))
      .thenThrows('Validation', /at least one/);
  });

  it('takes only the versions that are due by themselves, and leaves the rest of the key working', () => {
    const three = [
      keyCreated(),
      ...rotated(2, 1),
      ...rotated(3, 2),
      disabled(1),
      disabled(2),
      scheduled(7, 1),
      scheduled(30, 2),
    ];
    given(keyDecider, ...three)
      .when(start, later(6 * DAY))
      .thenThrows('InvalidKeyState', /until 2026-01-22/);
    given(keyDecider, ...three)
      .when(start, later(8 * DAY))
      .then(started(1));
    const begun = given(keyDecider, ...three, started(1));
    begun.when(cancel(1), later(8 * DAY)).thenThrows('InvalidKeyState', /is being destroyed/, {
      resource: SAMPLE_KEY_ARN,
      state: 'destruction_started',
      operation: 'CancelDeletion',
    });
    begun.when(record(2), later(8 * DAY)).thenThrows('InvalidKeyState', /destruction has not begun/);
    const state = begun.when(record(1), later(8 * DAY)).then(destroyed(1));
    expect(state).toMatchObject({
      deletedAt: null,
      activeVersion: 3,
      versions: [{ status: 'DELETED' }, { status: 'PENDING_DELETION' }, { status: 'ACTIVE' }],
    });
  });

  it('lets no version go ahead of a key that is pending deletion, but finishes one that had begun', () => {
    const both = [...two, disabled(1), scheduled(7, 1), at(GIVEN_AT + DAY, scheduled(30, null, DAY))];
    given(keyDecider, ...both)
      .when(start, later(8 * DAY))
      .thenThrows('InvalidKeyState', /until 2026-02-15/);
    given(keyDecider, ...two, disabled(1), scheduled(7, 1), started(1), scheduled(30))
      .when(record(1), later(8 * DAY))
      .then(destroyed(1));
  });

  it('deletes a key whose versions are all gone already when its own time comes', () => {
    const empty = [keyCreated(), disabled(null), disabled(1), scheduled(7, 1), started(1), destroyed(1), scheduled(7)];
    expect(
      given(keyDecider, ...empty)
        .when(start, later(7 * DAY))
        .then(started())?.deletedAt,
    ).toBe(GIVEN_AT);
  });
});
