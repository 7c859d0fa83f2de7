import { given, keyCreated, rotated, SAMPLE_KEY_ARN, storedMaterial } from '@claviger/testing';
import { KmsError } from '../errors.js';
import { keyDecider } from './decider.js';
import type { KeyEvent } from './events.js';
import type { KeyState, VersionState, VersionStatus } from './state.js';
import { assertUsable, keyStateForAws, type KeyUse, statusOf } from './usable.js';

const two: KeyState = given(keyDecider, keyCreated(), ...rotated(2, 1)).state!;
const attempt = (key: KeyState, version: VersionState, use: KeyUse): string => {
  try {
    assertUsable(key, version, use, 'Encrypt');
    return 'ok';
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    return `${error.kind}: ${error.message}`;
  }
};
const as = (status: VersionStatus, changes: Partial<VersionState> = {}): VersionState => ({
  ...two.versions[1]!,
  status,
  ...changes,
});
const afterwards = (...events: readonly KeyEvent[]): KeyState =>
  given(keyDecider, keyCreated(), ...rotated(2, 1), ...events).state!;
const disabled: KeyEvent = { type: 'Disabled', data: { version: null } };
const pending: KeyEvent = {
  type: 'DeletionScheduled',
  data: { version: null, windowDays: 7, deletionAt: '2026-01-22T12:00:00.000Z' },
};

describe('use of a version', () => {
  it.each<[VersionStatus, boolean, boolean]>([
    ['STAGED', false, false],
    ['ACTIVE', true, true],
    ['PENDING_RETIREMENT', false, true],
    ['RETIRED', false, false],
    ['DISABLED', false, false],
    ['COMPROMISED', false, false],
    ['PENDING_DELETION', false, false],
    ['DELETED', false, false],
  ])('%s: protect %s, process %s (DESIGN section 4)', (status, protect, process) => {
    const refusal = `InvalidKeyState: Version 2 of ${SAMPLE_KEY_ARN} is ${status.toLowerCase().replace('_', ' ')}.`;
    expect(attempt(two, as(status), 'protect')).toBe(protect ? 'ok' : refusal);
    expect(attempt(two, as(status), 'process')).toBe(process ? 'ok' : refusal);
  });

  it('ends for protection with the cryptoperiod, and goes on for processing', () => {
    const expired = as('ACTIVE', { expiredAt: 1 });
    expect(attempt(two, expired, 'protect')).toMatch(/^InvalidKeyState: Version 2 of .* cryptoperiod is over/);
    expect(attempt(two, expired, 'process')).toBe('ok');
    expect(statusOf(two, expired)).toBe('PENDING_RETIREMENT');
  });

  it('is forbidden by the overlays of the key first, in the words that AWS clients know', () => {
    const version = two.versions[1]!;
    expect(attempt(afterwards(disabled), version, 'process')).toBe(`Disabled: ${SAMPLE_KEY_ARN} is disabled.`);
    expect(attempt(afterwards(pending), version, 'process')).toBe(
      `InvalidKeyState: ${SAMPLE_KEY_ARN} is pending deletion.`,
    );
    expect(attempt(afterwards(disabled, pending), version, 'process')).toBe(
      `InvalidKeyState: ${SAMPLE_KEY_ARN} is pending deletion.`,
    );
    const begun: KeyEvent = { type: 'DestructionStarted', data: { versions: [1, 2] } };
    expect(attempt(afterwards(pending, begun), version, 'process')).toBe(
      `InvalidKeyState: ${SAMPLE_KEY_ARN} is pending deletion.`,
    );
    const gone: KeyEvent = { type: 'MaterialDestroyed', data: { versions: [1, 2] } };
    expect(attempt(afterwards(pending, begun, gone), version, 'process')).toBe(
      `NotFound: Key '${SAMPLE_KEY_ARN}' does not exist`,
    );
  });
});

describe('the state that is shown', () => {
  it('is the more restrictive of key and version (R-90, R-91)', () => {
    expect(two.versions.map((version) => statusOf(two, version))).toEqual(['PENDING_RETIREMENT', 'ACTIVE']);
    const off = afterwards(disabled);
    expect(off.versions.map((version) => statusOf(off, version))).toEqual(['DISABLED', 'DISABLED']);
    expect(statusOf(off, as('STAGED'))).toBe('DISABLED');
    expect(statusOf(off, as('RETIRED'))).toBe('RETIRED');
    expect(statusOf(off, as('COMPROMISED'))).toBe('COMPROMISED');
    const doomed = afterwards(pending);
    expect(statusOf(doomed, as('COMPROMISED'))).toBe('PENDING_DELETION');
    expect(statusOf(doomed, as('DELETED'))).toBe('DELETED');
  });

  it('is one word for the whole key over AWS', () => {
    expect([two, afterwards(disabled), afterwards(pending), afterwards(disabled, pending)].map(keyStateForAws)).toEqual(
      ['Enabled', 'Disabled', 'PendingDeletion', 'PendingDeletion'],
    );
  });

  it('is one of the defined states for a staged version too', () => {
    const key = given(keyDecider, keyCreated(), {
      type: 'VersionStaged',
      data: { version: 2, material: storedMaterial(2) },
    }).state!;
    expect(key.versions.map((version) => statusOf(key, version))).toEqual(['ACTIVE', 'STAGED']);
  });
});
