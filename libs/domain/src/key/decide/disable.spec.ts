import { given, GIVEN_AT, keyCreated, later, rotated, SAMPLE_KEY_ARN } from '@claviger/testing';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';

const disable = (version: number | null) => ({ type: 'DisableKey', version }) as const;
const enable = (version: number | null) => ({ type: 'EnableKey', version }) as const;
const disabled = (version: number | null): KeyEvent => ({ type: 'Disabled', data: { version } });
const enabled = (version: number | null): KeyEvent => ({ type: 'Enabled', data: { version } });
const compromised: KeyEvent = {
  type: 'VersionCompromised',
  data: { version: 1, occurredAt: new Date(GIVEN_AT).toISOString() },
};
const key = given(keyDecider, keyCreated());
const two = [keyCreated(), ...rotated(2, 1)];

describe('disabling and enabling a key (R-107)', () => {
  it('is an overlay: versions keep their own state beneath', () => {
    const state = key.when(disable(null), later(0)).then(disabled(null));
    expect(state).toMatchObject({ disabled: true, activeVersion: 1, versions: [{ status: 'ACTIVE' }] });
    expect(
      given(keyDecider, keyCreated(), disabled(null)).when(enable(null), later(0)).then(enabled(null))?.disabled,
    ).toBe(false);
  });

  it('does nothing where it is so already', () => {
    key.when(enable(null), later(0)).thenNothing();
    given(keyDecider, keyCreated(), disabled(null)).when(disable(null), later(0)).thenNothing();
  });

  it('is refused to enable a key whose ACTIVE version was stopped on its own, and names what to do', () => {
    given(keyDecider, keyCreated(), disabled(null), disabled(1))
      .when(enable(null), later(0))
      .thenThrows('InvalidKeyState', /no active version: version 1 is disabled; enable that version first\.$/, {
        resource: SAMPLE_KEY_ARN,
        state: 'disabled',
        operation: 'EnableKey',
      });
    given(keyDecider, keyCreated(), disabled(null), compromised)
      .when(enable(null), later(0))
      .thenThrows('InvalidKeyState', /version 1 is compromised; rotate the key first/);
  });
});

describe('disabling and enabling a version', () => {
  it('disables the key in the same append when it is the ACTIVE one', () => {
    const state = key.when(disable(1), later(0)).then(disabled(null), disabled(1));
    expect(state).toMatchObject({
      disabled: true,
      activeVersion: null,
      versions: [{ status: 'DISABLED', former: 'ACTIVE' }],
    });
    given(keyDecider, keyCreated(), disabled(null)).when(disable(1), later(0)).then(disabled(1));
  });

  it('leaves the key alone when it is another one', () => {
    const state = given(keyDecider, ...two)
      .when(disable(1), later(0))
      .then(disabled(1));
    expect(state).toMatchObject({
      disabled: false,
      activeVersion: 2,
      versions: [{ status: 'DISABLED', former: 'PENDING_RETIREMENT' }, {}],
    });
  });

  it('gives the state it had back; the key stays disabled until it is enabled itself', () => {
    const stopped = given(keyDecider, keyCreated(), disabled(null), disabled(1));
    const state = stopped.when(enable(1), later(0)).then(enabled(1));
    expect(state).toMatchObject({ disabled: true, activeVersion: 1, versions: [{ status: 'ACTIVE', former: null }] });
    expect(
      given(keyDecider, ...two, disabled(1))
        .when(enable(1), later(0))
        .then(enabled(1))?.versions[0]?.status,
    ).toBe('PENDING_RETIREMENT');
  });

  it('brings a former ACTIVE version back as PENDING_RETIREMENT when another is ACTIVE by now', () => {
    const successor: KeyEvent = {
      type: 'VersionRotated',
      data: { version: 2, from: 1, trigger: 'compromise', period: null, material: keyCreated().data.material },
    };
    const state = given(keyDecider, keyCreated(), disabled(null), disabled(1), successor)
      .when(enable(1), later(0))
      .then(enabled(1));
    expect(state).toMatchObject({
      activeVersion: 2,
      versions: [{ status: 'PENDING_RETIREMENT' }, { status: 'ACTIVE' }],
    });
  });

  it('never gives a compromised version back', () => {
    given(keyDecider, ...two, disabled(1), compromised)
      .when(enable(1), later(0))
      .thenThrows('InvalidKeyState', /^Version 1 of .* is compromised; only a disabled version can be enabled\.$/);
  });

  it('lets a stored Enabled of a flagged version lead to COMPROMISED, whatever wrote it', () => {
    const forged = given(keyDecider, ...two, disabled(1)).state!;
    const flagged = {
      ...forged,
      versions: forged.versions.map((v) => (v.version === 1 ? { ...v, compromisedAt: GIVEN_AT } : v)),
    };
    expect(keyDecider.evolve(flagged, enabled(1), GIVEN_AT)?.versions[0]?.status).toBe('COMPROMISED');
  });
});
