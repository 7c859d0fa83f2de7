import { at, DAY, given, GIVEN_AT, HOUR, keyCreated, later, rotated, SAMPLE_KEY_ARN } from '@claviger/testing';
import type { KeyContext } from '../commands.js';
import { keyDecider } from '../decider.js';
import type { KeyCreated, KeyEvent } from '../events.js';

const retire = { type: 'RetireVersion', version: 1 } as const;
const restore = { type: 'RestoreVersion', version: 1 } as const;
const instant = (after: number): string => new Date(GIVEN_AT + after).toISOString();
const key = (changes: Partial<KeyCreated['data']> = {}) => [
  keyCreated({ retirement: { enabled: true, idleFor: 'PT24H' }, ...changes }),
  at(GIVEN_AT + HOUR, ...rotated(2, 1)),
];
const unused: Partial<KeyContext> = { lastUsedAt: null };
const retired = (idleSince: number): KeyEvent => ({
  type: 'VersionRetired',
  data: { version: 1, level: 'L0', method: 'idle', idleSince: instant(idleSince) },
});
const compromised: KeyEvent = { type: 'VersionCompromised', data: { version: 1, occurredAt: instant(0) } };

describe('retiring a version (R-99 … R-101)', () => {
  it('takes it out of use once it has been idle since it stepped down', () => {
    given(keyDecider, ...key())
      .when(retire, later(25 * HOUR - 1, unused))
      .thenThrows('InvalidKeyState', /never used, it has to be idle for PT24H/);
    const state = given(keyDecider, ...key())
      .when(retire, later(25 * HOUR, unused))
      .then(retired(HOUR));
    expect(state).toMatchObject({ versions: [{ status: 'RETIRED', retiredLevel: 'L0' }, { status: 'ACTIVE' }] });
  });

  it('counts from the last use when that is later, and names it when it refuses', () => {
    const used: Partial<KeyContext> = { lastUsedAt: GIVEN_AT + 30 * HOUR };
    given(keyDecider, ...key())
      .when(retire, later(31 * HOUR, used))
      .thenThrows(
        'InvalidKeyState',
        /is pending retirement; last used at 2026-01-16T18:00:00\.000Z, it has to be idle/,
        {
          resource: SAMPLE_KEY_ARN,
          state: 'pending_retirement',
          operation: 'RetireVersion',
        },
      );
    given(keyDecider, ...key())
      .when(retire, later(54 * HOUR, used))
      .then(retired(30 * HOUR));
  });

  it('is refused where the last use is not known, where nobody opted in, and on a disabled key', () => {
    given(keyDecider, ...key())
      .when(retire, later(9 * DAY))
      .thenThrows('InvalidKeyState', /last use is not known/);
    given(keyDecider, ...key({ retirement: { enabled: false, idleFor: 'PT24H' } }))
      .when(retire, later(9 * DAY, unused))
      .thenThrows('InvalidKeyState', /retirement is not enabled/);
    given(keyDecider, ...key(), { type: 'Disabled', data: { version: null } })
      .when(retire, later(9 * DAY, unused))
      .thenThrows('Disabled');
  });

  it.each(['confidential', 'restricted'] as const)(
    'needs more proof than there is for data class %s, and names the level',
    (dataClass) => {
      given(keyDecider, ...key({ dataClass }))
        .when(retire, later(9 * DAY, unused))
        .thenThrows('InvalidKeyState', new RegExp(`${dataClass} needs proof of coverage at level L2`));
    },
  );

  it('takes data class public too', () => {
    given(keyDecider, ...key({ dataClass: 'public' }))
      .when(retire, later(9 * DAY, unused))
      .then(retired(HOUR));
  });

  it('archives a compromised version without conditions, with its flag', () => {
    const state = given(keyDecider, keyCreated(), ...rotated(2, 1), compromised)
      .when(retire, later(0))
      .then({
        type: 'VersionRetired',
        data: { version: 1, level: 'L0', method: 'compromise_archived', idleSince: instant(0) },
      });
    expect(state?.versions[0]).toMatchObject({ status: 'RETIRED', compromisedAt: GIVEN_AT });
  });
});

describe('restoring a version (R-102)', () => {
  const archived = [...key(), at(GIVEN_AT + 9 * DAY, retired(HOUR))];
  const approval = { id: 'approval-1', until: instant(12 * DAY) };
  const restored: KeyEvent = {
    type: 'VersionRestored',
    data: { version: 1, approval: 'approval-1', until: approval.until },
  };

  it('is refused without an approval', () => {
    given(keyDecider, ...archived)
      .when(restore, later(10 * DAY))
      .thenThrows('InvalidKeyState', /is retired; restoring it needs an approval/, {
        resource: SAMPLE_KEY_ARN,
        state: 'retired',
        operation: 'RestoreVersion',
      });
  });

  it('brings it back for decryption with one, for a time', () => {
    const state = given(keyDecider, ...archived)
      .when(restore, later(10 * DAY, { approval }))
      .then(restored);
    expect(state?.versions[0]).toMatchObject({ status: 'PENDING_RETIREMENT', restoredUntil: GIVEN_AT + 12 * DAY });
  });

  it('is refused when the time of the approval is over or none', () => {
    given(keyDecider, ...archived)
      .when(restore, later(12 * DAY, { approval }))
      .thenThrows('Validation', /in the future/);
    given(keyDecider, ...archived)
      .when(restore, later(10 * DAY, { approval: { id: 'a', until: 'soon' } }))
      .thenThrows('Validation');
  });

  it('leads a version with the compromised flag back to COMPROMISED', () => {
    const state = given(keyDecider, keyCreated(), ...rotated(2, 1), compromised, retired(0))
      .when(restore, later(10 * DAY, { approval }))
      .then(restored);
    expect(state?.versions[0]).toMatchObject({ status: 'COMPROMISED', restoredUntil: null });
  });

  it('ends when its time is over: the version is archived again, used or not, and also on a disabled key', () => {
    const back = [...archived, at(GIVEN_AT + 10 * DAY, restored)];
    const again: KeyEvent = {
      type: 'VersionRetired',
      data: { version: 1, level: 'L0', method: 'restore_ended', idleSince: approval.until },
    };
    given(keyDecider, ...back)
      .when(retire, later(12 * DAY - 1, { lastUsedAt: GIVEN_AT + 11.5 * DAY }))
      .thenThrows('InvalidKeyState');
    given(keyDecider, ...back)
      .when(retire, later(12 * DAY, { lastUsedAt: GIVEN_AT + 12 * DAY }))
      .then(again);
    given(keyDecider, ...back, { type: 'Disabled', data: { version: null } })
      .when(retire, later(12 * DAY))
      .then(again);
  });

  it('does not become unlimited by a suspension in between', () => {
    const pause: readonly KeyEvent[] = [
      { type: 'Disabled', data: { version: 1 } },
      { type: 'Enabled', data: { version: 1 } },
    ];
    const { state } = given(keyDecider, ...archived, at(GIVEN_AT + 10 * DAY, restored, ...pause));
    expect(state?.versions[0]).toMatchObject({ status: 'PENDING_RETIREMENT', restoredUntil: GIVEN_AT + 12 * DAY });
  });
});
