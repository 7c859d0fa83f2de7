import { createKeyCommand, DAY, given, HOUR, keyCreated, later, rotated, storedMaterial } from '@claviger/testing';
import { KmsError } from '../../errors.js';
import type { KeyCommand, KeyContext } from '../commands.js';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';
import { ROTATION_OFF } from '../rotation-policy.js';
import type { KeyAggregate, VersionStatus } from '../state.js';

/**
 * DESIGN section 4, every cell (R-98, R-99, R-101 … R-111): each command against each state of a key and each state of a version.
 * `ok` leads to events or asks for material, `-` to nothing at all, the rest are kinds of KmsError.
 */
const now = 100 * DAY;
const allowed: Partial<KeyContext> = {
  lastUsedAt: null,
  approval: { id: 'a', until: '2027-01-01T00:00:00.000Z' },
};

function outcome(state: KeyAggregate, command: KeyCommand, after = now): string {
  try {
    const decision = keyDecider.decide(state, command, later(after, allowed));
    return decision.kind === 'events' && decision.events.length === 0 ? '-' : 'ok';
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    // Illegal transitions name operation and, where there is one, the state; a state that forbids belongs to a resource.
    expect(error.details.operation).toBe(command.type);
    if (error.kind === 'InvalidKeyState' || error.kind === 'Disabled') {
      expect(error.details).toMatchObject({
        resource: expect.stringMatching(/^arn:/),
        state: expect.stringMatching(/^[a-z_]+$/),
      });
    }
    return error.kind;
  }
}

const created = keyCreated({
  dataClass: 'internal',
  retirement: { enabled: true, idleFor: 'PT24H' },
  rotationPolicy: { ...ROTATION_OFF, expiryTime: 'P1Y' },
});
const staged: KeyEvent = { type: 'VersionStaged', data: { version: 3, material: storedMaterial(3) } };
/** Version 1 pending retirement, 2 ACTIVE, 3 staged. */
const usual: readonly KeyEvent[] = [created, ...rotated(2, 1), staged];
const pending: KeyEvent = {
  type: 'DeletionScheduled',
  data: { version: null, windowDays: 30, deletionAt: '2026-02-14T12:00:00.000Z' },
};
const begun: KeyEvent = { type: 'DestructionStarted', data: { versions: [1, 2, 3] } };

const keyStates = {
  missing: [],
  enabled: usual,
  disabled: [...usual, { type: 'Disabled', data: { version: null } }],
  pending: [...usual, pending],
  destroying: [...usual, pending, begun],
  deleted: [...usual, pending, begun, { type: 'MaterialDestroyed', data: { versions: [1, 2, 3] } }],
} as const satisfies Record<string, readonly KeyEvent[]>;

const N = 'NotFound';
const I = 'InvalidKeyState';
const D = 'Disabled';
const rows: readonly (readonly [
  string,
  KeyCommand,
  missing: string,
  enabled: string,
  disabled: string,
  pending: string,
  destroying: string,
  deleted: string,
])[] = [
  [
    'create',
    createKeyCommand(),
    'ok',
    'AlreadyExists',
    'AlreadyExists',
    'AlreadyExists',
    'AlreadyExists',
    'AlreadyExists',
  ],
  [
    'rotate at the use limit',
    { type: 'RotateKey', trigger: 'use_limit', period: null, spec: null },
    N,
    'ok',
    D,
    I,
    I,
    N,
  ],
  [
    'rotate on demand beside a staged version',
    { type: 'RotateKey', trigger: 'on_demand', period: null, spec: null },
    N,
    I,
    D,
    I,
    I,
    N,
  ],
  [
    'rotate after a compromise',
    { type: 'RotateKey', trigger: 'compromise', period: null, spec: null },
    N,
    'ok',
    D,
    I,
    I,
    N,
  ],
  ['stage beside a staged version', { type: 'StageVersion', spec: null }, N, I, D, I, I, N],
  ['activate', { type: 'ActivateVersion', version: 3 }, N, 'ok', D, I, I, N],
  ['roll back', { type: 'RollBackVersion' }, N, 'ok', D, I, I, N],
  ['retire', { type: 'RetireVersion', version: 1 }, N, 'ok', D, I, I, N],
  ['disable the key', { type: 'DisableKey', version: null }, N, 'ok', '-', I, I, N],
  ['disable a version', { type: 'DisableKey', version: 1 }, N, 'ok', 'ok', I, I, N],
  ['enable the key', { type: 'EnableKey', version: null }, N, '-', 'ok', I, I, N],
  ['enable a version', { type: 'EnableKey', version: 1 }, N, '-', '-', I, I, N],
  ['schedule deletion', { type: 'ScheduleDeletion', version: null, windowDays: 7 }, N, 'ok', 'ok', I, I, N],
  ['schedule deletion of a version', { type: 'ScheduleDeletion', version: 3, windowDays: 7 }, N, 'ok', 'ok', I, I, N],
  ['cancel deletion', { type: 'CancelDeletion', version: null }, N, I, I, 'ok', I, N],
  ['cancel deletion of a version', { type: 'CancelDeletion', version: 1 }, N, I, I, I, I, N],
  ['start destruction', { type: 'StartDestruction' }, N, I, I, 'ok', I, N],
  ['record destruction', { type: 'RecordDestruction', versions: [1, 2, 3] }, N, I, I, I, 'ok', N],
  ['compromise', { type: 'CompromiseVersion', version: null, occurredAt: null }, N, 'ok', 'ok', 'ok', I, N],
  ['expire', { type: 'ExpireVersion', version: 2 }, N, I, I, I, I, N],
  ['notify', { type: 'NotifyExpiry', version: 2 }, N, '-', '-', I, I, N],
  ['describe', { type: 'UpdateDescription', description: 'x' }, N, 'ok', 'ok', I, I, N],
  ['change the owner', { type: 'ChangeOwner', owner: 'x' }, N, 'ok', 'ok', I, I, N],
  ['change the uses', { type: 'ChangeUses', uses: ['x'] }, N, 'ok', 'ok', I, I, N],
  ['tag', { type: 'TagKey', tags: [{ key: 'a', value: 'b' }] }, N, 'ok', 'ok', I, I, N],
  ['untag', { type: 'UntagKey', keys: ['a'] }, N, '-', '-', I, I, N],
  ['put a policy', { type: 'PutPolicy', policy: '{}' }, N, 'ok', 'ok', 'ok', I, N],
  ['set a rotation policy', { type: 'SetRotationPolicy', rotationPolicy: ROTATION_OFF }, N, 'ok', D, I, I, N],
  [
    'set retirement',
    { type: 'SetRetirementPolicy', retirement: { enabled: false, idleFor: 'P2D' } },
    N,
    'ok',
    'ok',
    I,
    I,
    N,
  ],
  ['protect against purging', { type: 'EnablePurgeProtection' }, N, 'ok', 'ok', 'ok', I, N],
];

describe('what a command meets in each state of a key', () => {
  const cells = rows.flatMap(([name, command, ...expected]) =>
    Object.entries(keyStates).map(([state, events], index) => ({
      name,
      command,
      state,
      events,
      expected: expected[index],
    })),
  );
  it.each(cells)('$name when it is $state: $expected', ({ name, command, events, expected }) => {
    // A roll-back is asked for inside its window.
    const after = name === 'roll back' ? HOUR : now;
    expect(outcome(given(keyDecider, ...events).state, command, after)).toBe(expected);
  });

  it('covers every command but the restore, which the versions below have', () => {
    const covered = new Set(rows.map(([, command]) => command.type));
    expect(covered.size).toBe(24);
  });
});

/** Version 1 brought into each state by legal events; 2 is ACTIVE beside it wherever 1 is not. */
const versionStates: Record<VersionStatus, readonly KeyEvent[]> = {
  STAGED: [created, { type: 'VersionStaged', data: { version: 2, material: storedMaterial(2) } }],
  ACTIVE: [created],
  PENDING_RETIREMENT: [created, ...rotated(2, 1)],
  RETIRED: [
    created,
    ...rotated(2, 1),
    {
      type: 'VersionRetired',
      data: { version: 1, level: 'L0', method: 'idle', idleSince: '2026-01-15T12:00:00.000Z' },
    },
  ],
  DISABLED: [created, ...rotated(2, 1), { type: 'Disabled', data: { version: 1 } }],
  COMPROMISED: [
    created,
    ...rotated(2, 1),
    { type: 'VersionCompromised', data: { version: 1, occurredAt: '2026-01-15T12:00:00.000Z' } },
  ],
  PENDING_DELETION: [
    created,
    ...rotated(2, 1),
    { type: 'Disabled', data: { version: 1 } },
    { type: 'DeletionScheduled', data: { version: 1, windowDays: 7, deletionAt: '2026-01-22T12:00:00.000Z' } },
  ],
  DELETED: [
    created,
    ...rotated(2, 1),
    { type: 'Disabled', data: { version: 1 } },
    { type: 'DeletionScheduled', data: { version: 1, windowDays: 7, deletionAt: '2026-01-22T12:00:00.000Z' } },
    { type: 'DestructionStarted', data: { versions: [1] } },
    { type: 'MaterialDestroyed', data: { versions: [1] } },
  ],
};
const order = [
  'STAGED',
  'ACTIVE',
  'PENDING_RETIREMENT',
  'RETIRED',
  'DISABLED',
  'COMPROMISED',
  'PENDING_DELETION',
  'DELETED',
] as const;

const versionRows: readonly (readonly [string, (version: number) => KeyCommand, ...string[]])[] = [
  //                                                                                     staged active pending retired disabled comprom. doomed deleted
  ['activate', (version) => ({ type: 'ActivateVersion', version }), 'ok', I, I, I, I, I, I, I],
  ['retire', (version) => ({ type: 'RetireVersion', version }), I, I, 'ok', I, I, 'ok', I, I],
  ['restore', (version) => ({ type: 'RestoreVersion', version }), I, I, I, 'ok', I, I, I, I],
  ['disable', (version) => ({ type: 'DisableKey', version }), I, 'ok', 'ok', I, '-', I, I, I],
  ['enable', (version) => ({ type: 'EnableKey', version }), I, '-', '-', I, 'ok', I, I, I],
  [
    'compromise',
    (version) => ({ type: 'CompromiseVersion', version, occurredAt: null }),
    'ok',
    'ok',
    'ok',
    'ok',
    'ok',
    '-',
    'ok',
    I,
  ],
  [
    'schedule deletion',
    (version) => ({ type: 'ScheduleDeletion', version, windowDays: 7 }),
    'ok',
    I,
    I,
    'ok',
    'ok',
    'ok',
    I,
    I,
  ],
  ['cancel deletion', (version) => ({ type: 'CancelDeletion', version }), I, I, I, I, I, I, 'ok', I],
  ['record destruction', (version) => ({ type: 'RecordDestruction', versions: [version] }), I, I, I, I, I, I, I, '-'],
  ['expire', (version) => ({ type: 'ExpireVersion', version }), I, 'ok', I, I, I, I, I, I],
];

describe('what a command meets in each state of a version', () => {
  const cells = versionRows.flatMap(([name, command, ...expected]) =>
    order.map((status, index) => ({ name, command, status, expected: expected[index] })),
  );
  it.each(cells)('$name when it is $status: $expected', ({ name, command, status, expected }) => {
    const { state } = given(keyDecider, ...versionStates[status]);
    const version = status === 'STAGED' ? 2 : 1;
    expect(state?.versions[version - 1]?.status).toBe(status);
    expect(outcome(state, command(version), name === 'expire' ? 366 * DAY : now)).toBe(expected);
  });

  it('answers NotFound for a version that the key does not have', () => {
    for (const [, command] of versionRows) {
      expect(outcome(given(keyDecider, created).state, command(9))).toBe('NotFound');
    }
  });
});
