import { at, given, GIVEN_AT, keyCreated, rotated, SECOND, storedMaterial } from '@claviger/testing';
import fc from 'fast-check';
import { EVENT_TYPES } from '../events/registry.js';
import { keyDecider } from './decider.js';
import type { KeyEvent } from './events.js';
import { evolveKey } from './evolve.js';
import { findVersion } from './versions.js';
import type { KeyAggregate } from './state.js';

const rotatedTo = (last: number): KeyAggregate => {
  let state: KeyAggregate = evolveKey(null, keyCreated(), GIVEN_AT);
  for (let version = 2; version <= last; version += 1) {
    for (const event of rotated(version, version - 1)) state = evolveKey(state, event, GIVEN_AT + version * SECOND);
  }
  return state;
};

describe('folding the events of a key', () => {
  it('touches two versions of a thousand when one is rotated, and keeps the others as they are', () => {
    const before = rotatedTo(1000);
    const after = rotated(1001, 1000).reduce(
      (state, event) => evolveKey(state, event, GIVEN_AT + 2000 * SECOND),
      before,
    );
    const kept = after!.versions.filter((version, index) => before!.versions[index] === version);
    expect(kept.length).toBe(999);
    expect(after).toMatchObject({ activeVersion: 1001, lastVersion: 1001, lastRotatedAt: GIVEN_AT + 2000 * SECOND });
  });

  it('finds versions by number where a restore has left gaps', () => {
    const state = given(keyDecider, keyCreated(), ...rotated(7, 1), ...rotated(12, 7)).state!;
    expect(state.versions.map(({ version }) => version)).toEqual([1, 7, 12]);
    expect([1, 2, 7, 12, 13].map((number) => findVersion(state, number)?.version)).toEqual([
      1,
      undefined,
      7,
      12,
      undefined,
    ]);
  });

  it('passes over what cannot be: events before the creation, a second creation, versions that are not there', () => {
    expect(evolveKey(null, { type: 'Disabled', data: { version: null } }, 0)).toBeNull();
    const state = rotatedTo(2);
    expect(evolveKey(state, keyCreated({ description: 'again' }), 0)).toBe(state);
    const strange: readonly KeyEvent[] = [
      { type: 'VersionRotated', data: { version: 9, from: 2, trigger: 'staged', period: null, material: null } },
      {
        type: 'VersionRotated',
        data: { version: 1, from: 2, trigger: 'staged', period: null, material: storedMaterial(1) },
      },
      { type: 'VersionStaged', data: { version: 2, material: storedMaterial(2) } },
      { type: 'VersionRolledBack', data: { version: 9, from: 2 } },
      { type: 'Enabled', data: { version: 9 } },
      { type: 'VersionCompromised', data: { version: 9, occurredAt: '2026-01-15T12:00:00.000Z' } },
    ];
    for (const event of strange) expect(evolveKey(state, event, 0)).toBe(state);
  });

  it('never throws, shows no two ACTIVE versions, no flagged one in use and no deleted one back, in whatever order events come', () => {
    const number = fc.integer({ min: 1, max: 4 });
    const event: fc.Arbitrary<KeyEvent> = fc.oneof(
      fc.record({ version: number, staged: fc.boolean() }).map(
        ({ version, staged }): KeyEvent => ({
          type: 'VersionRotated',
          data: {
            version,
            from: 1,
            trigger: 'on_demand',
            period: null,
            material: staged ? null : storedMaterial(version),
          },
        }),
      ),
      number.map(
        (version): KeyEvent => ({ type: 'VersionStaged', data: { version, material: storedMaterial(version) } }),
      ),
      fc
        .tuple(number, number)
        .map(([version, from]): KeyEvent => ({ type: 'VersionRolledBack', data: { version, from } })),
      fc
        .tuple(fc.constantFrom('Enabled', 'Disabled', 'DeletionCancelled'), fc.option(number))
        .map(([type, version]) => ({ type, data: { version } })),
      fc
        .tuple(fc.constantFrom('PendingRetirement', 'VersionExpired'), number)
        .map(([type, version]) => ({ type, data: { version } })),
      number.map(
        (version): KeyEvent => ({
          type: 'VersionRetired',
          data: { version, level: 'L0', method: 'idle', idleSince: '' },
        }),
      ),
      number.map((version): KeyEvent => ({ type: 'VersionRestored', data: { version, approval: '', until: 'never' } })),
      number.map((version): KeyEvent => ({ type: 'VersionCompromised', data: { version, occurredAt: 'unknown' } })),
      fc
        .option(number)
        .map((version): KeyEvent => ({ type: 'DeletionScheduled', data: { version, windowDays: 7, deletionAt: '?' } })),
      fc
        .tuple(fc.constantFrom('DestructionStarted', 'MaterialDestroyed'), fc.array(number))
        .map(([type, versions]) => ({ type, data: { versions } })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let state: KeyAggregate = evolveKey(null, keyCreated(), GIVEN_AT);
        for (const each of events) {
          const gone = state!.versions.filter(({ status }) => status === 'DELETED').map(({ version }) => version);
          state = evolveKey(state, each, GIVEN_AT);
          expect(gone.filter((version) => findVersion(state!, version)?.status !== 'DELETED')).toEqual([]);
          expect(state!.versions.filter(({ status }) => status === 'ACTIVE').length).toBeLessThanOrEqual(1);
          const inUse = state!.versions.filter(({ status }) => status === 'ACTIVE' || status === 'PENDING_RETIREMENT');
          expect(inUse.filter(({ compromisedAt }) => compromisedAt !== null)).toEqual([]);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('counts rotations on demand, and only those', () => {
    const staged: KeyEvent = { type: 'VersionStaged', data: { version: 3, material: storedMaterial(3) } };
    const activated: KeyEvent = {
      type: 'VersionRotated',
      data: { version: 3, from: 2, trigger: 'staged', period: null, material: null },
    };
    const { state } = given(keyDecider, keyCreated(), at(GIVEN_AT + SECOND, ...rotated(2, 1), staged, activated));
    expect(state).toMatchObject({
      onDemandRotations: 1,
      lastRotatedAt: GIVEN_AT + SECOND,
      activeVersion: 3,
      stagedVersion: null,
    });
  });

  it('knows every event type of the registry', () => {
    expect(EVENT_TYPES.key?.length).toBe(25);
  });
});
