import {
  at,
  DAY,
  given,
  GIVEN_AT,
  HOUR,
  keyCreated,
  later,
  rotated,
  SAMPLE_KEY_ARN,
  sampleMaterial,
  storedMaterial,
} from '@claviger/testing';
import type { RotateKey } from '../commands.js';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';
import { useLimitPeriod } from '../rotation-schedule.js';

const rotate = (changes: Partial<RotateKey> = {}): RotateKey => ({
  type: 'RotateKey',
  trigger: 'on_demand',
  period: null,
  spec: null,
  ...changes,
});
const key = given(keyDecider, keyCreated());
const daily = keyCreated({
  rotationPolicy: { enabled: true, lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1D' }], expiryTime: null },
});
const period = (days: number): string => new Date(GIVEN_AT + days * DAY).toISOString();
const automatic = (version: number, from: number, day: number): readonly KeyEvent[] => [
  {
    type: 'VersionRotated',
    data: { version, from, trigger: 'automatic', period: period(day), material: storedMaterial(version) },
  },
  { type: 'PendingRetirement', data: { version: from } },
];
const disabled: KeyEvent = { type: 'Disabled', data: { version: null } };
const compromised: KeyEvent = { type: 'VersionCompromised', data: { version: 1, occurredAt: period(0) } };
const staged: KeyEvent = { type: 'VersionStaged', data: { version: 2, material: storedMaterial(2) } };

describe('rotating a key', () => {
  it('makes the next version ACTIVE and the old one PENDING_RETIREMENT in one append (R-98, R-115)', () => {
    key.when(rotate(), later(HOUR)).thenMaterial(2);
    const state = key.when(rotate(), later(HOUR, { material: sampleMaterial(2) })).then(...rotated(2, 1));
    expect(state).toMatchObject({
      activeVersion: 2,
      lastVersion: 2,
      onDemandRotations: 1,
      versions: [
        { version: 1, status: 'PENDING_RETIREMENT' },
        { version: 2, status: 'ACTIVE', rotatedFrom: 1, trigger: 'on_demand' },
      ],
    });
  });

  it('makes the next version in the token that has the key, and refuses material made elsewhere', () => {
    const token = { label: 'vault', serial: '1', lacks: [] };
    const inToken = given(keyDecider, keyCreated({ material: { ...storedMaterial(1), token } }));
    const next = { ...token, lacks: ['SYMMETRIC_DEFAULT'] as const };
    const state = inToken.when(rotate(), later(HOUR, { material: { ...sampleMaterial(2), token: next } })).then(
      {
        type: 'VersionRotated',
        data: {
          version: 2,
          from: 1,
          trigger: 'on_demand',
          period: null,
          material: { ...storedMaterial(2), token: next },
        },
      },
      { type: 'PendingRetirement', data: { version: 1 } },
    );
    expect(state).toMatchObject({ protectionLevel: 'HSM', token: next });
    for (const other of [null, { ...token, serial: '2' }, { ...token, label: 'other' }]) {
      inToken
        .when(rotate(), later(HOUR, { material: { ...sampleMaterial(2), token: other } }))
        .thenThrows('Internal', /Key material was made/);
    }
    key
      .when(rotate(), later(HOUR, { material: { ...sampleMaterial(2), token } }))
      .thenThrows('Internal', /in token vault, asked for was material in software/);
  });

  it('has one ACTIVE version already after the first of the two events', () => {
    const [first] = rotated(2, 1);
    const { state } = given(keyDecider, keyCreated(), first!);
    expect(state?.versions.map(({ status }) => status)).toEqual(['PENDING_RETIREMENT', 'ACTIVE']);
  });

  it('numbers above what the anchor knows, and then takes the number that the material was made for', () => {
    key.when(rotate(), later(0, { versionMark: 6 })).thenMaterial(7);
    key.when(rotate(), later(0, { versionMark: 7, material: sampleMaterial(7) })).then(...rotated(7, 1));
    key.when(rotate(), later(0, { material: sampleMaterial(1) })).thenThrows('Internal', /made for version 1/);
  });

  it('changes the algorithm inside its family, and only where every client algorithm stays (R-149, R-151)', () => {
    const asked = (
      spec: 'AES_128' | 'RSA_2048' | 'HMAC_256',
      usage: 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC',
      next: RotateKey['spec'],
    ) => given(keyDecider, keyCreated({ spec, usage })).when(rotate({ spec: next }), later(0));
    asked('AES_128', 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT').thenMaterial(2);
    asked('AES_128', 'ENCRYPT_DECRYPT', 'XCHACHA20_POLY1305').thenMaterial(2);
    asked('RSA_2048', 'ENCRYPT_DECRYPT', 'RSA_4096').thenMaterial(2);
    asked('RSA_2048', 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT').thenThrows(
      'Validation',
      /RSA_2048 and cannot continue with KeySpec SYMMETRIC_DEFAULT/,
    );
    asked('HMAC_256', 'GENERATE_VERIFY_MAC', 'HMAC_512').thenThrows('Validation');

    const aes = given(keyDecider, keyCreated({ spec: 'AES_128' }));
    const material = sampleMaterial(2, 'SYMMETRIC_DEFAULT');
    const state = aes.when(rotate({ spec: 'SYMMETRIC_DEFAULT' }), later(0, { material })).then(...rotated(2, 1));
    expect(state).toMatchObject({ spec: 'SYMMETRIC_DEFAULT', versions: [{ material: { spec: 'AES_128' } }, {}] });
    aes
      .when(rotate({ spec: 'SYMMETRIC_DEFAULT' }), later(0, { material: sampleMaterial(2, 'AES_128') }))
      .thenThrows('Internal');
  });

  it('is refused on a disabled key and on one that is pending deletion, in the words that AWS clients know', () => {
    given(keyDecider, keyCreated(), disabled)
      .when(rotate(), later(0))
      .thenThrows('Disabled', new RegExp(`^${SAMPLE_KEY_ARN} is disabled\\.$`), {
        resource: SAMPLE_KEY_ARN,
        state: 'disabled',
        operation: 'RotateKey',
      });
    given(keyDecider, keyCreated(), {
      type: 'DeletionScheduled',
      data: { version: null, windowDays: 7, deletionAt: period(7) },
    })
      .when(rotate(), later(0))
      .thenThrows('InvalidKeyState', new RegExp(`^${SAMPLE_KEY_ARN} is pending deletion\\.$`));
  });

  it('refuses trigger staged, and an automatic rotation without its period', () => {
    key.when(rotate({ trigger: 'staged' }), later(0)).thenThrows('Validation', /trigger/);
    key.when(rotate({ trigger: 'automatic' }), later(0)).thenThrows('Validation', /period/);
  });
});

describe('rotating by schedule (R-112, R-118)', () => {
  const due = rotate({ trigger: 'automatic', period: period(1) });

  it('happens once per period, however often it is asked for', () => {
    given(keyDecider, daily).when(due, later(DAY)).thenMaterial(2);
    const once = given(keyDecider, daily, at(GIVEN_AT + DAY, ...automatic(2, 1, 1)));
    once.when(due, later(DAY + HOUR)).thenNothing();
    once.when(rotate({ trigger: 'automatic', period: period(2) }), later(2 * DAY)).thenMaterial(3);
  });

  it('does nothing before the time, with rotation off, or for a period that lies behind', () => {
    given(keyDecider, daily)
      .when(due, later(DAY - 1))
      .thenNothing();
    key.when(due, later(DAY)).thenNothing();
    given(keyDecider, daily, at(GIVEN_AT + 5 * DAY, ...automatic(2, 1, 5)))
      .when(rotate({ trigger: 'automatic', period: period(3) }), later(5 * DAY))
      .thenNothing();
  });

  it('waits for a staged version to be activated or dropped, and names it', () => {
    given(keyDecider, daily, staged)
      .when(due, later(DAY))
      .thenThrows('InvalidKeyState', /^Version 2 of .* is staged/, {
        resource: SAMPLE_KEY_ARN,
        state: 'staged',
        operation: 'RotateKey',
      });
  });
});

describe('rotating at the use limit', () => {
  it('goes ahead of a staged version and with scheduled rotation off', () => {
    given(keyDecider, keyCreated(), staged)
      .when(rotate({ trigger: 'use_limit' }), later(0))
      .thenMaterial(3);
  });

  it('happens once when two nodes have seen the limit of one version', () => {
    const seen = useLimitPeriod(key.state!);
    key.when(rotate({ trigger: 'use_limit', period: seen }), later(HOUR)).thenMaterial(2);
    const after = given(keyDecider, keyCreated(), at(GIVEN_AT + HOUR, ...rotated(2, 1)));
    after.when(rotate({ trigger: 'use_limit', period: seen }), later(HOUR)).thenNothing();
  });

  it('happens again for a version that was rolled back to', () => {
    const period1 = useLimitPeriod(key.state!);
    const [first, second] = rotated(2, 1);
    const limited = {
      type: 'VersionRotated',
      data: { ...first!.data, trigger: 'use_limit', period: period1 },
    } as KeyEvent;
    given(
      keyDecider,
      keyCreated(),
      at(GIVEN_AT + HOUR, limited, second!),
      at(GIVEN_AT + 2 * HOUR, { type: 'VersionRolledBack', data: { version: 1, from: 2 } }),
    )
      .when(rotate({ trigger: 'use_limit', period: period1 }), later(3 * HOUR))
      .thenMaterial(3);
  });

  it('never makes a period due again that was covered', () => {
    const { state } = given(
      keyDecider,
      daily,
      at(GIVEN_AT + DAY, ...automatic(2, 1, 1)),
      at(GIVEN_AT + DAY + HOUR, {
        type: 'VersionRotated',
        data: { version: 3, from: 2, trigger: 'use_limit', period: period(0), material: storedMaterial(3) },
      }),
    );
    expect(state?.lastRotationPeriod).toBe(period(1));
  });
});

describe('rotating after a compromise', () => {
  const hit = given(keyDecider, keyCreated(), disabled, compromised);

  it('gives a key that the compromise disabled a successor, names what it replaces, and leaves it disabled', () => {
    const replaced: KeyEvent = {
      type: 'VersionRotated',
      data: { version: 2, from: 1, trigger: 'compromise', period: null, material: storedMaterial(2) },
    };
    const state = hit.when(rotate({ trigger: 'compromise' }), later(0, { material: sampleMaterial(2) })).then(replaced);
    expect(state).toMatchObject({
      disabled: true,
      activeVersion: 2,
      versions: [{ status: 'COMPROMISED' }, { status: 'ACTIVE' }],
    });
  });

  it('is the only trigger that may do so, and not on a key that was disabled with its ACTIVE version', () => {
    hit.when(rotate(), later(0)).thenThrows('Disabled');
    given(keyDecider, keyCreated(), disabled)
      .when(rotate({ trigger: 'compromise' }), later(0))
      .thenThrows('Disabled');
  });
});
