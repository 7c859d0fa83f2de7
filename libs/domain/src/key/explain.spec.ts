import { keyCreated, storedMaterial } from '@claviger/testing';
import type { KeyEvent, VersionRotated } from './events.js';
import { explainKeyEvent } from './explain.js';

const rotatedBy = (trigger: VersionRotated['data']['trigger'], from: number | null = 1): KeyEvent => ({
  type: 'VersionRotated',
  data: { version: 2, from, trigger, period: null, material: storedMaterial(2) },
});

describe('the history of a key in words (R-109, R-120)', () => {
  it.each<[KeyEvent, string]>([
    [
      keyCreated({ owner: 'payments' }),
      'The key was created (SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT, environment dev, data class internal, owner payments); version 1 is active.',
    ],
    [rotatedBy('on_demand'), 'Version 2 became active by rotation on demand; version 1 stays for decryption.'],
    [rotatedBy('automatic'), 'Version 2 became active by scheduled rotation; version 1 stays for decryption.'],
    [rotatedBy('use_limit'), 'Version 2 became active by rotation at the use limit; version 1 stays for decryption.'],
    [rotatedBy('staged'), 'Version 2 became active by activation of the staged version; it replaces version 1.'],
    [rotatedBy('compromise'), 'Version 2 became active by rotation after a compromise; it replaces version 1.'],
    [rotatedBy('compromise', null), 'Version 2 became active by rotation after a compromise.'],
    [{ type: 'PendingRetirement', data: { version: 1 } }, 'Version 1 protects nothing new and stays for decryption.'],
    [{ type: 'Disabled', data: { version: null } }, 'The key was disabled.'],
    [{ type: 'Enabled', data: { version: 2 } }, 'Version 2 was enabled again.'],
    [
      { type: 'DeletionScheduled', data: { version: 2, windowDays: 7, deletionAt: '2026-01-22T12:00:00.000Z' } },
      'Deletion of version 2 was scheduled for 2026-01-22T12:00:00.000Z, after 7 days.',
    ],
    [
      { type: 'DeletionCancelled', data: { version: null } },
      'The deletion of the key was cancelled; the key is disabled.',
    ],
    [
      { type: 'MaterialDestroyed', data: { versions: [1, 2] } },
      'The key material of versions 1, 2 was destroyed. Backups made before may still hold it, sealed.',
    ],
    [
      {
        type: 'VersionRetired',
        data: { version: 1, level: 'L0', method: 'idle', idleSince: '2026-01-15T12:00:00.000Z' },
      },
      'Version 1 was retired (idle since 2026-01-15T12:00:00.000Z, coverage L0).',
    ],
    [
      {
        type: 'VersionRetired',
        data: { version: 1, level: 'L2', method: 'scan', idleSince: '2026-01-15T12:00:00.000Z' },
      },
      'Version 1 was retired (scan, coverage L2, idle since 2026-01-15T12:00:00.000Z).',
    ],
    [
      {
        type: 'RotationPolicyChanged',
        data: {
          rotationPolicy: {
            enabled: true,
            lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P90D' }],
            expiryTime: 'P2Y',
          },
        },
      },
      'The rotation policy was changed: on; rotate P90D after creation; versions expire after P2Y.',
    ],
    [{ type: 'OwnerChanged', data: { owner: null } }, 'The owner was removed.'],
    [{ type: 'Tagged', data: { tags: [{ key: 'a', value: '1' }] } }, 'Tags were set: a=1.'],
  ])('%#: says what happened', (event, sentence) => {
    expect(explainKeyEvent(event)).toBe(sentence);
  });

  it('speaks of verification for keys that sign', () => {
    expect(explainKeyEvent(rotatedBy('on_demand'), 'SIGN_VERIFY')).toMatch(/version 1 stays for verification\.$/);
  });
});
