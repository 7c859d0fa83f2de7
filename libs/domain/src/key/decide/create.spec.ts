import {
  createKeyCommand,
  given,
  GIVEN_AT,
  keyCreated,
  later,
  SAMPLE_KEY_ARN,
  sampleMaterial,
  storedMaterial,
} from '@claviger/testing';
import type { CreateKey } from '../commands.js';
import { keyDecider } from '../decider.js';

const fresh = given(keyDecider);
const refuses = (
  changes: Partial<CreateKey>,
  kind: 'Validation' | 'InvalidTag' | 'LimitExceeded' | 'MalformedPolicy',
  message: RegExp,
) => fresh.when(createKeyCommand(changes), later(0)).thenThrows(kind, message);

describe('creating a key', () => {
  it('asks for the material of version 1 first, and has it ACTIVE at once when it is made', () => {
    fresh.when(createKeyCommand(), later(0)).thenMaterial(1);
    const state = fresh.when(createKeyCommand(), later(0, { material: sampleMaterial(1) })).then(keyCreated());
    expect(state).toMatchObject({
      arn: SAMPLE_KEY_ARN,
      activeVersion: 1,
      lastVersion: 1,
      disabled: false,
      policyVersion: 1,
      createdAt: GIVEN_AT,
      versions: [{ version: 1, status: 'ACTIVE', activatedAt: GIVEN_AT, rotatedFrom: null }],
    });
  });

  it('makes version 1 again when the mark shows that an earlier run got as far as its material', () => {
    fresh.when(createKeyCommand(), later(0, { versionMark: 1 })).thenMaterial(1);
  });

  it('puts nothing into the log that the event does not name', () => {
    const command = { ...createKeyCommand(), secret: 'a', material: 'b' };
    fresh.when(command, later(0, { material: { ...sampleMaterial(1), extra: 'c' } as never })).then(keyCreated());
  });

  it('is refused for a key that exists, also for a deleted one', () => {
    given(keyDecider, keyCreated())
      .when(createKeyCommand(), later(0))
      .thenThrows('AlreadyExists', /already exists/, { resource: SAMPLE_KEY_ARN, operation: 'CreateKey' });
  });

  it('keeps usage and spec together (R-43, R-52)', () => {
    refuses(
      { usage: 'SIGN_VERIFY', spec: 'SYMMETRIC_DEFAULT' },
      'Validation',
      /^KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT$/,
    );
    refuses({ usage: 'ENCRYPT_DECRYPT', spec: 'HMAC_256' }, 'Validation', /HMAC_256/);
    fresh.when(createKeyCommand({ usage: 'SIGN_VERIFY', spec: 'RSA_2048' }), later(0)).thenMaterial(1);
  });

  it('refuses bad attributes and names them (R-53, R-55, R-59, R-89)', () => {
    refuses(
      { environment: 'Prod' },
      'Validation',
      /^environment: expected 1 to 32 of a-z, 0-9 and hyphen, found 'Prod'\.$/,
    );
    refuses({ dataClass: 'secret' as never }, 'Validation', /dataClass/);
    refuses({ owner: '' }, 'Validation', /owner/);
    refuses({ uses: ['jwt signing'] }, 'Validation', /uses/);
    refuses({ uses: ['a', 'a'] }, 'Validation', /each one once/);
    refuses({ uses: Array.from({ length: 21 }, (_, index) => `u${index}`) }, 'Validation', /at most 20/);
    refuses({ description: 'x'.repeat(8193) }, 'Validation', /8192/);
    refuses({ policy: '' }, 'MalformedPolicy', /empty/);
    refuses({ policy: 'é'.repeat(16_385) }, 'LimitExceeded', /32770 bytes/);
    refuses({ rollbackWindow: '7 days' }, 'Validation', /rollbackWindow/);
    refuses({ retirement: { enabled: true, idleFor: 'PT23H' } }, 'Validation', /at least PT24H, found 'PT23H'/);
    refuses({ rotationPolicy: { enabled: true, lifetimeActions: [], expiryTime: null } }, 'Validation', /enabled/);
    refuses({ account: '12' }, 'Validation', /account/);
    refuses({ region: 'US East' }, 'Validation', /region/);
    refuses({ keyId: 'alias/a' }, 'Validation', /keyId/);
  });

  it('takes ordinary tags only, and counts the attributes that are listed as tags among the fifty', () => {
    refuses({ tags: [{ key: 'claviger:owner', value: 'a' }] }, 'InvalidTag', /Reserved tags/);
    const tags = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: '' }));
    fresh.when(createKeyCommand({ tags }), later(0)).thenMaterial(1);
    refuses({ tags, taggedAttributes: ['environment'] }, 'InvalidTag', /^Too many tags$/);
  });

  it('keeps the device of its material, and refuses material that was made in another (protection level)', () => {
    const token = { label: 'vault', serial: '1', lacks: [] };
    const inToken = { ...sampleMaterial(1), token };
    const asked = createKeyCommand({ protectionLevel: 'HSM' });
    const state = fresh
      .when(asked, later(0, { material: { ...inToken, token: { ...token, extra: 1 } as never } }))
      .then(keyCreated({ material: { ...storedMaterial(1), token } }));
    expect(state).toMatchObject({ protectionLevel: 'HSM', token });
    fresh.when(asked, later(0, { material: sampleMaterial(1) })).thenThrows('Internal', /SOFTWARE, asked for was HSM/);
    fresh.when(createKeyCommand(), later(0, { material: inToken })).thenThrows('Internal', /HSM, asked for was SOFT/);
    refuses({ protectionLevel: 'TPM' as never }, 'Validation', /protectionLevel: expected SOFTWARE or HSM/);
  });

  it('refuses material that is not what was asked for', () => {
    const wrong = (material: ReturnType<typeof sampleMaterial>) =>
      fresh
        .when(createKeyCommand(), later(0, { material }))
        .thenThrows('Internal', /asked for was version 1 \(SYMMETRIC_DEFAULT\)/);
    wrong(sampleMaterial(2));
    wrong(sampleMaterial(1, 'AES_128'));
    wrong({ ...sampleMaterial(1), publicKey: 'MAA=' });
    const rsa = createKeyCommand({ usage: 'SIGN_VERIFY', spec: 'RSA_2048' });
    fresh
      .when(rsa, later(0, { material: { ...sampleMaterial(1, 'RSA_2048'), publicKey: null } }))
      .thenThrows('Internal');
    fresh
      .when(rsa, later(0, { material: sampleMaterial(1, 'RSA_2048') }))
      .then(keyCreated({ usage: 'SIGN_VERIFY', spec: 'RSA_2048', material: storedMaterial(1, 'RSA_2048') }));
  });
});
