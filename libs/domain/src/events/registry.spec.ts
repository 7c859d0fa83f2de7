import { keyCreated } from '@claviger/testing';
import fc from 'fast-check';
import { decodeEvent, EVENT_TYPES, isNewerEvent, schemaVersionOf } from './registry.js';

const { data } = keyCreated();

describe('decoding a stored event', () => {
  it('answers the event where everything fits, and lets more members pass', () => {
    expect(decodeEvent('key', 'KeyCreated', 2, data)).toEqual({ type: 'KeyCreated', data });
    expect(decodeEvent('key', 'Disabled', 1, { version: null, later: 1 })).toMatchObject({ type: 'Disabled' });
    expect(schemaVersionOf('KeyCreated')).toBe(2);
    expect(schemaVersionOf('Disabled')).toBe(1);
  });

  it.each<[string, Parameters<typeof decodeEvent>]>([
    ['a type nobody knows', ['key', 'KeyVanished', 1, {}]],
    ['a type of another kind of stream', ['alias', 'KeyCreated', 1, data]],
    ['a name that every object has', ['key', 'constructor', 1, {}]],
    ['a newer schemaVersion', ['key', 'KeyCreated', 3, data]],
    ['schemaVersion 0', ['key', 'KeyCreated', 0, data]],
    ['half a schemaVersion', ['key', 'KeyCreated', 1.5, data]],
    [
      'a version 2 that says nothing of a token',
      ['key', 'KeyCreated', 2, { ...data, material: { ...data.material, token: undefined } }],
    ],
    [
      'a token without its serial number',
      ['key', 'KeyCreated', 2, { ...data, material: { ...data.material, token: { label: 'a', lacks: [] } } }],
    ],
    ['a missing member', ['key', 'KeyCreated', 1, { ...data, policy: undefined }]],
    ['a member of another kind', ['key', 'Disabled', 1, { version: '1' }]],
    ['a version that is no number', ['key', 'Disabled', 1, { version: Number.NaN }]],
    ['a negative version', ['key', 'PendingRetirement', 1, { version: -1 }]],
    ['an unknown spec', ['key', 'KeyCreated', 1, { ...data, spec: 'ROT13' }]],
    [
      'an unknown action',
      [
        'key',
        'RotationPolicyChanged',
        1,
        {
          rotationPolicy: {
            enabled: true,
            lifetimeActions: [{ action: 'x', timeAfterCreate: 'P1D' }],
            expiryTime: null,
          },
        },
      ],
    ],
    ['a time that is none', ['key', 'VersionCompromised', 1, { version: 1, occurredAt: '2026-13-01T00:00:00Z' }]],
    ['a local time', ['key', 'VersionCompromised', 1, { version: 1, occurredAt: '2026-01-01T00:00:00+01:00' }]],
    ['an inherited member', ['key', 'PendingRetirement', 1, Object.create({ version: 1 })]],
    ['nothing', ['key', 'Disabled', 1, null]],
    ['a list', ['key', 'PendingRetirement', 1, [1]]],
    ['an operator event of another form', ['operator', 'ReportAccepted', 1, { report: 1, kinds: [], findings: [] }]],
    ['a reservation, which nothing makes yet', ['unique', 'ValueClaimed', 1, {}]],
  ])('is undefined for %s', (_, args) => {
    expect(decodeEvent(...args)).toBeUndefined();
  });

  it('never throws, whatever is stored', () => {
    const names = fc.constantFrom(...Object.values(EVENT_TYPES).flat());
    const categories = fc.constantFrom('key', 'alias', 'uses', 'principal', 'account', 'operator', 'unique');
    fc.assert(
      fc.property(
        categories,
        fc.oneof(names, fc.string()),
        fc.integer(),
        fc.jsonValue(),
        (category, type, version, value) => {
          decodeEvent(category, type, version, value);
        },
      ),
      { seed: 1 },
    );
  });
});

describe('an event that a newer version of the service wrote', () => {
  it.each([
    ['a type nobody knows yet', 'key', 'KeyVanished', 1],
    ['a newer schemaVersion', 'key', 'Disabled', 2],
    ['a kind of stream of which nothing is known yet', 'unique', 'NameClaimed', 1],
  ] as const)('is told by %s', (_, category, type, schemaVersion) => {
    expect(isNewerEvent(category, type, schemaVersion)).toBe(true);
  });

  it('is not what is of the present form, or an earlier one', () => {
    expect(isNewerEvent('key', 'KeyCreated', 1)).toBe(false);
    expect(isNewerEvent('key', 'KeyCreated', schemaVersionOf('KeyCreated'))).toBe(false);
    // Nor what is of no form at all: that is damage.
    expect(isNewerEvent('key', 'Disabled', 0)).toBe(false);
  });
});
