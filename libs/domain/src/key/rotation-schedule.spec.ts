import { at, DAY, given, GIVEN_AT, HOUR, keyCreated, rotated, storedMaterial, type Timed } from '@claviger/testing';
import fc from 'fast-check';
import { keyDecider } from './decider.js';
import { dueActions, nextDueAt } from './due.js';
import type { KeyEvent } from './events.js';
import { expiresAt, nextRotationAt, rotationPeriod, useLimitPeriod } from './rotation-schedule.js';
import type { RotationPolicy } from './rotation-policy.js';
import type { KeyState } from './state.js';

const every = (duration: string): RotationPolicy => ({
  enabled: true,
  lifetimeActions: [{ action: 'rotate', timeAfterCreate: duration }],
  expiryTime: null,
});
const keyWith = (rotationPolicy: RotationPolicy): KeyState => given(keyDecider, keyCreated({ rotationPolicy })).state!;
const iso = (after: number): string => new Date(GIVEN_AT + after).toISOString();
const automatic = (version: number, period: string): KeyEvent => ({
  type: 'VersionRotated',
  data: { version, from: version - 1, trigger: 'automatic', period, material: storedMaterial(version) },
});

describe('scheduled rotation (R-112, R-118)', () => {
  it('falls due one period after the key was made, then at each period, whatever is done on demand', () => {
    expect(nextRotationAt(keyWith(every('P30D')))).toBe(GIVEN_AT + 30 * DAY);
    const once = given(
      keyDecider,
      keyCreated({ rotationPolicy: every('P30D') }),
      at(GIVEN_AT + 30 * DAY + HOUR, automatic(2, iso(30 * DAY))),
    );
    expect(nextRotationAt(once.state!)).toBe(GIVEN_AT + 60 * DAY);
    const onDemand = given(
      keyDecider,
      keyCreated({ rotationPolicy: every('P30D') }),
      at(GIVEN_AT + 20 * DAY, ...rotated(2, 1)),
    );
    expect(nextRotationAt(onDemand.state!)).toBe(GIVEN_AT + 30 * DAY);
  });

  it('makes up for missed periods with one rotation, named after the last of them', () => {
    const key = keyWith(every('P30D'));
    expect(rotationPeriod(key, GIVEN_AT + 95 * DAY)).toBe(iso(90 * DAY));
    const late = given(
      keyDecider,
      keyCreated({ rotationPolicy: every('P30D') }),
      at(GIVEN_AT + 95 * DAY, automatic(2, iso(90 * DAY))),
    );
    expect(nextRotationAt(late.state!)).toBe(GIVEN_AT + 120 * DAY);
  });

  it('keeps to the calendar for months', () => {
    const start = Date.UTC(2026, 0, 31);
    const { state } = given(keyDecider, at(start, keyCreated({ rotationPolicy: every('P1M') })));
    expect(nextRotationAt(state!)).toBe(Date.UTC(2026, 1, 28));
    expect(rotationPeriod(state!, Date.UTC(2026, 3, 1))).toBe('2026-03-31T00:00:00.000Z');
    expect(rotationPeriod(state!, Date.UTC(2031, 6, 30))).toBe('2031-06-30T00:00:00.000Z');
  });

  it('begins anew when the policy changes', () => {
    const { state } = given(
      keyDecider,
      keyCreated({ rotationPolicy: every('P30D') }),
      at(GIVEN_AT + 30 * DAY, automatic(2, iso(30 * DAY))),
      at(GIVEN_AT + 40 * DAY, { type: 'RotationPolicyChanged', data: { rotationPolicy: every('P7D') } }),
    );
    expect(nextRotationAt(state!)).toBe(GIVEN_AT + 47 * DAY);
  });

  it('hangs on the ACTIVE version where the policy says before expiry', () => {
    const policy: RotationPolicy = {
      enabled: true,
      lifetimeActions: [{ action: 'rotate', timeBeforeExpiry: 'P10D' }],
      expiryTime: 'P30D',
    };
    const key = keyWith(policy);
    expect(nextRotationAt(key)).toBe(GIVEN_AT + 20 * DAY);
    expect(rotationPeriod(key, GIVEN_AT + 19 * DAY)).toBe(iso(0));
    expect(rotationPeriod(key, GIVEN_AT + 25 * DAY)).toBe(iso(20 * DAY));
    const { state } = given(
      keyDecider,
      keyCreated({ rotationPolicy: policy }),
      at(GIVEN_AT + 21 * DAY, automatic(2, iso(20 * DAY))),
    );
    expect(nextRotationAt(state!)).toBe(GIVEN_AT + 41 * DAY);
    expect(expiresAt(state!, state!.versions[1]!)).toBe(GIVEN_AT + 51 * DAY);
  });

  it('is off where it is switched off, and for keys without an ACTIVE version or with a deletion ahead; a disabled key keeps its date', () => {
    const policy = every('P30D');
    expect(nextRotationAt(keyWith({ ...policy, enabled: false }))).toBeNull();
    expect(rotationPeriod(keyWith({ ...policy, enabled: false }), GIVEN_AT)).toBeNull();
    const key = (...events: KeyEvent[]) => given(keyDecider, keyCreated({ rotationPolicy: policy }), ...events).state!;
    expect(nextRotationAt(key({ type: 'Disabled', data: { version: 1 } }))).toBeNull();
    expect(useLimitPeriod(key({ type: 'Disabled', data: { version: 1 } }))).toBeNull();
    expect(
      nextRotationAt(
        key({ type: 'DeletionScheduled', data: { version: null, windowDays: 7, deletionAt: iso(7 * DAY) } }),
      ),
    ).toBeNull();
    expect(nextRotationAt(key({ type: 'Disabled', data: { version: null } }))).toBe(GIVEN_AT + 30 * DAY);
  });

  it('names the same period from its beginning to just before the next, for any length', () => {
    const lengths = fc.constantFrom('P1D', 'P7D', 'P30D', 'P1M', 'P3M', 'P1Y', 'P1M15D', 'P1DT7H');
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 4000 * DAY }), (length, after) => {
        const key = keyWith(every(length));
        const now = GIVEN_AT + after;
        const period = rotationPeriod(key, now)!;
        expect(Date.parse(period)).toBeLessThanOrEqual(now);
        const covered = { ...key, lastRotationPeriod: period };
        const next = nextRotationAt(covered)!;
        expect(next).toBeGreaterThan(now);
        expect(rotationPeriod(key, next - 1)).toBe(period);
        expect(Date.parse(rotationPeriod(key, next)!)).toBe(next);
      }),
      { seed: 1 },
    );
  });
});

describe('what is due', () => {
  const policy: RotationPolicy = {
    enabled: true,
    lifetimeActions: [
      { action: 'rotate', timeAfterCreate: 'P20D' },
      { action: 'notify', timeBeforeExpiry: 'P5D' },
    ],
    expiryTime: 'P30D',
  };
  const key = (...events: readonly (KeyEvent | Timed<KeyEvent>)[]): KeyState =>
    given(keyDecider, keyCreated({ rotationPolicy: policy }), ...events).state!;

  it('comes in the order of time', () => {
    expect(dueActions(key(), GIVEN_AT + 20 * DAY - 1)).toEqual([]);
    expect(dueActions(key(), GIVEN_AT + 31 * DAY)).toEqual([
      {
        dueAt: GIVEN_AT + 20 * DAY,
        command: { type: 'RotateKey', trigger: 'automatic', period: iso(20 * DAY), spec: null },
      },
      { dueAt: GIVEN_AT + 25 * DAY, command: { type: 'NotifyExpiry', version: 1 } },
      { dueAt: GIVEN_AT + 30 * DAY, command: { type: 'ExpireVersion', version: 1 } },
    ]);
    expect(nextDueAt(key())).toBe(GIVEN_AT + 20 * DAY);
  });

  it('leaves rotation out on a disabled key, and expiry once it has happened', () => {
    const state = key({ type: 'Disabled', data: { version: null } }, { type: 'VersionExpired', data: { version: 1 } });
    expect(dueActions(state, GIVEN_AT + 99 * DAY)).toEqual([]);
    expect(nextDueAt(state)).toBeNull();
  });

  it('is the end of a restore', () => {
    const state = key(
      ...rotated(2, 1),
      { type: 'VersionRetired', data: { version: 1, level: 'L0', method: 'idle', idleSince: iso(0) } },
      { type: 'VersionRestored', data: { version: 1, approval: 'a', until: iso(3 * DAY) } },
    );
    expect(dueActions(state, GIVEN_AT + 3 * DAY)).toEqual([
      { dueAt: GIVEN_AT + 3 * DAY, command: { type: 'RetireVersion', version: 1 } },
    ]);
  });

  const scheduled = (version: number | null, days: number): KeyEvent => ({
    type: 'DeletionScheduled',
    data: { version, windowDays: days, deletionAt: iso(days * DAY) },
  });
  const start = (days: number) => ({ dueAt: GIVEN_AT + days * DAY, command: { type: 'StartDestruction' } });

  it('is the destruction of a key, and of nothing else in it', () => {
    const doomed = key(
      ...rotated(2, 1),
      { type: 'Disabled', data: { version: 1 } },
      scheduled(1, 7),
      scheduled(null, 30),
    );
    expect(dueActions(doomed, GIVEN_AT + 29 * DAY)).toEqual([]);
    expect(dueActions(doomed, GIVEN_AT + 30 * DAY)).toEqual([start(30)]);
  });

  it('is the destruction of a version by itself, and the finishing of what has begun', () => {
    const events: KeyEvent[] = [...rotated(2, 1), { type: 'Disabled', data: { version: 1 } }, scheduled(1, 7)];
    expect(dueActions(key(...events), GIVEN_AT + 7 * DAY)).toEqual([start(7)]);
    const begun = key(...events, at(GIVEN_AT + 7 * DAY, { type: 'DestructionStarted', data: { versions: [1] } }));
    expect(dueActions(begun, GIVEN_AT + 7 * DAY)).toEqual([
      { dueAt: GIVEN_AT + 7 * DAY, command: { type: 'RecordDestruction', versions: [1] } },
    ]);
  });

  it('is finishing only, once the destruction of the key has begun, and nothing once it is deleted', () => {
    const begun = [scheduled(null, 7), { type: 'DestructionStarted', data: { versions: [1] } } as KeyEvent];
    expect(dueActions(key(...begun), GIVEN_AT + 99 * DAY)).toEqual([
      { dueAt: GIVEN_AT, command: { type: 'RecordDestruction', versions: [1] } },
    ]);
    const gone = key(...begun, { type: 'MaterialDestroyed', data: { versions: [1] } });
    expect(dueActions(gone, GIVEN_AT + 99 * DAY)).toEqual([]);
    expect(nextDueAt(gone)).toBeNull();
  });
});
