import {
  at,
  DAY,
  given,
  GIVEN_AT,
  HOUR,
  keyCreated,
  later,
  SAMPLE_KEY_ARN,
  sampleMaterial,
  storedMaterial,
} from '@claviger/testing';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';
import { ROTATION_OFF } from '../rotation-policy.js';

const stage = { type: 'StageVersion', spec: null } as const;
const staged: KeyEvent = { type: 'VersionStaged', data: { version: 2, material: storedMaterial(2) } };
const activated: readonly KeyEvent[] = [
  { type: 'VersionRotated', data: { version: 2, from: 1, trigger: 'staged', period: null, material: null } },
  { type: 'PendingRetirement', data: { version: 1 } },
];
const key = given(keyDecider, keyCreated());
const withStaged = given(keyDecider, keyCreated(), staged);

describe('rotating in two phases', () => {
  it('stages a version beside the ACTIVE one', () => {
    key.when(stage, later(0)).thenMaterial(2);
    const state = key.when(stage, later(0, { material: sampleMaterial(2) })).then(staged);
    expect(state).toMatchObject({
      activeVersion: 1,
      stagedVersion: 2,
      lastVersion: 2,
      versions: [{ status: 'ACTIVE' }, { status: 'STAGED' }],
    });
  });

  it('stages with another algorithm of the family', () => {
    key.when({ type: 'StageVersion', spec: 'AES_128' }, later(0)).thenMaterial(2);
    key.when({ type: 'StageVersion', spec: 'RSA_2048' }, later(0)).thenThrows('Validation');
  });

  it('has at most one staged version', () => {
    withStaged.when(stage, later(0)).thenThrows('InvalidKeyState', /^Version 2 of .* is staged already\.$/, {
      resource: SAMPLE_KEY_ARN,
      state: 'staged',
      operation: 'StageVersion',
    });
  });

  it('activates the staged version and steps the old one down in one append', () => {
    const state = withStaged.when({ type: 'ActivateVersion', version: 2 }, later(HOUR)).then(...activated);
    expect(state).toMatchObject({
      activeVersion: 2,
      stagedVersion: null,
      onDemandRotations: 0,
      versions: [{ status: 'PENDING_RETIREMENT' }, { status: 'ACTIVE', rotatedFrom: 1, trigger: 'staged' }],
    });
  });

  it('activates no version that is not staged, and none whose cryptoperiod is over', () => {
    withStaged
      .when({ type: 'ActivateVersion', version: 1 }, later(0))
      .thenThrows('InvalidKeyState', /Version 1 of .* is active; only a staged version/);
    given(keyDecider, keyCreated({ rotationPolicy: { ...ROTATION_OFF, expiryTime: 'P30D' } }), staged)
      .when({ type: 'ActivateVersion', version: 2 }, later(30 * DAY))
      .thenThrows('InvalidKeyState', /cryptoperiod is over/);
  });

  it('is the way out for a disabled key without an ACTIVE version, which stays disabled; not for one that has one', () => {
    const disabled: KeyEvent = { type: 'Disabled', data: { version: null } };
    given(keyDecider, keyCreated(), staged, disabled)
      .when({ type: 'ActivateVersion', version: 2 }, later(0))
      .thenThrows('Disabled');
    const state = given(
      keyDecider,
      keyCreated(),
      staged,
      disabled,
      at(GIVEN_AT + HOUR, { type: 'Disabled', data: { version: 1 } }),
    )
      .when({ type: 'ActivateVersion', version: 2 }, later(0))
      .then(activated[0]!);
    expect(state).toMatchObject({
      disabled: true,
      activeVersion: 2,
      versions: [{ status: 'DISABLED', former: 'PENDING_RETIREMENT' }, { status: 'ACTIVE' }],
    });
  });
});
