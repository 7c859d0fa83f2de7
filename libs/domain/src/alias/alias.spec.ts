import {
  at,
  given,
  GIVEN_AT,
  HOUR,
  SAMPLE_ACCOUNT,
  SAMPLE_KEY_ARN,
  SAMPLE_KEY_ID,
  SAMPLE_REGION,
} from '@claviger/testing';
import type { AliasContext, AliasEvent, AliasTarget } from './alias.js';
import { aliasDecider } from './decider.js';

const OTHER_ID = '1c7a2f9f-4b63-4d1f-8e3f-7e2b6d8c9fa1';
const OTHER_ARN = SAMPLE_KEY_ARN.replace(SAMPLE_KEY_ID, OTHER_ID);
const ALIAS_ARN = `arn:aws:kms:${SAMPLE_REGION}:${SAMPLE_ACCOUNT}:alias/app`;
const key = (changes: Partial<AliasTarget> = {}): AliasTarget => ({
  keyId: SAMPLE_KEY_ID,
  arn: SAMPLE_KEY_ARN,
  usage: 'ENCRYPT_DECRYPT',
  spec: 'SYMMETRIC_DEFAULT',
  pendingDeletion: false,
  deleted: false,
  ...changes,
});
const other = (changes: Partial<AliasTarget> = {}): AliasTarget => key({ keyId: OTHER_ID, arn: OTHER_ARN, ...changes });
const context = (changes: Partial<AliasContext> = {}): AliasContext => ({
  now: 0,
  target: key(),
  current: undefined,
  aliasesOfTarget: 0,
  ...changes,
});
const create = (name = 'app') =>
  ({ type: 'CreateAlias', account: SAMPLE_ACCOUNT, region: SAMPLE_REGION, name, keyId: SAMPLE_KEY_ID }) as const;
const created: AliasEvent = {
  type: 'AliasCreated',
  data: { account: SAMPLE_ACCOUNT, region: SAMPLE_REGION, name: 'app', keyId: SAMPLE_KEY_ID },
};
const deleted: AliasEvent = { type: 'AliasDeleted', data: { keyId: SAMPLE_KEY_ID } };
const move = { type: 'UpdateAlias', keyId: OTHER_ID } as const;

describe('creating an alias (R-86)', () => {
  it('points a name to a key, also to one that is disabled', () => {
    const state = given(aliasDecider).when(create(), context()).then(created);
    expect(state).toEqual({
      account: SAMPLE_ACCOUNT,
      region: SAMPLE_REGION,
      name: 'app',
      arn: ALIAS_ARN,
      keyId: SAMPLE_KEY_ID,
      createdAt: GIVEN_AT,
      updatedAt: GIVEN_AT,
    });
  });

  it('is refused for a name that is taken, and possible again once it is free', () => {
    given(aliasDecider, created)
      .when(create(), context())
      .thenThrows('AlreadyExists', new RegExp(`^An alias with the name ${ALIAS_ARN} already exists$`));
    const state = given(aliasDecider, created, at(GIVEN_AT + HOUR, deleted))
      .when(create(), context())
      .then(created);
    expect(state?.createdAt).toBe(GIVEN_AT + HOUR);
  });

  it.each(['aws/x', '', 'a b', 'ä', 'x'.repeat(251)])('refuses the name %j', (name) => {
    given(aliasDecider).when(create(name), context()).thenThrows('InvalidAliasName');
  });

  it('needs a key that is there and stays, in its own account and Region', () => {
    const refused = (target: AliasTarget | undefined) => given(aliasDecider).when(create(), context({ target }));
    refused(undefined).thenThrows('NotFound', new RegExp(`^Key '${SAMPLE_KEY_ARN}' does not exist$`));
    refused(key({ deleted: true })).thenThrows('NotFound');
    refused(key({ arn: SAMPLE_KEY_ARN.replace(SAMPLE_REGION, 'eu-west-1') })).thenThrows('NotFound');
    refused(key({ pendingDeletion: true })).thenThrows('InvalidKeyState', /is pending deletion\.$/, {
      resource: SAMPLE_KEY_ARN,
      state: 'pending_deletion',
      operation: 'CreateAlias',
    });
  });

  it('gives a key at most fifty', () => {
    given(aliasDecider)
      .when(create(), context({ aliasesOfTarget: 49 }))
      .then(created);
    given(aliasDecider)
      .when(create(), context({ aliasesOfTarget: 50 }))
      .thenThrows('LimitExceeded', /50 aliases/);
  });
});

describe('moving an alias (R-87)', () => {
  const alias = given(aliasDecider, created);
  const moving = (target: AliasTarget | undefined, current: AliasTarget | undefined = key(), aliasesOfTarget = 0) =>
    alias.when(move, context({ target, current, aliasesOfTarget }));

  it('is one event, and none to the key it points to', () => {
    const state = moving(other()).then({ type: 'AliasRetargeted', data: { from: SAMPLE_KEY_ID, to: OTHER_ID } });
    expect(state?.keyId).toBe(OTHER_ID);
    alias
      .when({ type: 'UpdateAlias', keyId: SAMPLE_KEY_ID }, context({ current: key(), aliasesOfTarget: 50 }))
      .thenNothing();
  });

  it('goes only to a key of the same usage and kind', () => {
    moving(other({ spec: 'RSA_2048' })).thenThrows(
      'Validation',
      /of kind symmetric for ENCRYPT_DECRYPT and cannot move to one of kind asymmetric/,
    );
    moving(other({ spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' })).thenThrows('Validation');
    moving(other({ spec: 'RSA_4096', usage: 'SIGN_VERIFY' }), key({ spec: 'RSA_2048' })).thenThrows('Validation');
    moving(other({ spec: 'AES_128' })).then({ type: 'AliasRetargeted', data: { from: SAMPLE_KEY_ID, to: OTHER_ID } });
    moving(other({ spec: 'RSA_2048' }), key({ deleted: true })).then({
      type: 'AliasRetargeted',
      data: { from: SAMPLE_KEY_ID, to: OTHER_ID },
    });
  });

  it('is refused to a key that is missing, doomed or full', () => {
    moving(undefined).thenThrows('NotFound', new RegExp(OTHER_ID));
    moving(other({ pendingDeletion: true })).thenThrows('InvalidKeyState');
    moving(other(), key(), 50).thenThrows('LimitExceeded');
  });

  it('needs an alias', () => {
    given(aliasDecider).when(move, context()).thenThrows('NotFound');
    given(aliasDecider, created, deleted)
      .when(move, context())
      .thenThrows('NotFound', new RegExp(`^Alias ${ALIAS_ARN} is not found\\.$`));
  });
});

describe('deleting an alias', () => {
  it('frees its name, whatever its key is doing, and happens once', () => {
    const remove = { type: 'DeleteAlias' } as const;
    const state = given(aliasDecider, created)
      .when(remove, context({ target: undefined }))
      .then(deleted);
    expect(state?.keyId).toBeNull();
    given(aliasDecider, created, deleted).when(remove, context()).thenThrows('NotFound');
    given(aliasDecider).when(remove, context()).thenThrows('NotFound');
  });
});
